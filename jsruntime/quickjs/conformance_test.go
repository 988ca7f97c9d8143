package quickjs

import (
	"testing"

	"github.com/isolane/isolane/jsruntime/internal/conformance"
)

// The tests that every engine must pass.

func TestConsoleOutputIsBounded(t *testing.T) { conformance.ConsoleOutputIsBounded(t, underTest()) }

func TestConsoleOutputOfATurnIsBounded(t *testing.T) {
	conformance.ConsoleOutputOfATurnIsBounded(t, underTest())
}

func TestConsoleLines(t *testing.T) { conformance.ConsoleLines(t, underTest()) }

func TestErrorsAreSourceMapped(t *testing.T) { conformance.ErrorsAreSourceMapped(t, underTest()) }

func TestThrownValues(t *testing.T) { conformance.ThrownValues(t, underTest()) }

func TestWebAPIs(t *testing.T) {
	notUnderRace(t)
	conformance.WebAPIs(t, underTest())
}

func TestProbe(t *testing.T) { conformance.Probe(t, underTest()) }

func TestHostileAborts(t *testing.T) {
	notUnderRace(t)
	conformance.HostileAborts(t, underTest())
}

func TestHostileLoops(t *testing.T) {
	notUnderRace(t)
	conformance.HostileLoops(t, underTest())
}

func TestHostileWaits(t *testing.T) {
	notUnderRace(t)
	conformance.HostileWaits(t, underTest())
}

func TestWaitUntilEndsAtTheWallLimit(t *testing.T) {
	conformance.WaitUntilEndsAtTheWallLimit(t, underTest())
}

func TestHostileHeap(t *testing.T) {
	notUnderRace(t)
	conformance.HostileHeap(t, underTest())
}

func TestHostileBuffers(t *testing.T) {
	notUnderRace(t)
	conformance.HostileBuffers(t, underTest())
}

func TestHostileUnwinding(t *testing.T) {
	notUnderRace(t)
	conformance.HostileUnwinding(t, underTest())
}

func TestHostileThrows(t *testing.T) {
	notUnderRace(t)
	conformance.HostileThrows(t, underTest())
}

func TestHostileReplies(t *testing.T) {
	notUnderRace(t)
	conformance.HostileReplies(t, underTest())
}

func TestContextsAreBoundedAndIsolated(t *testing.T) {
	conformance.ContextsAreBoundedAndIsolated(t, underTest())
}

func TestKeyedState(t *testing.T) { conformance.KeyedState(t, underTest()) }

func TestKeyedExports(t *testing.T) { conformance.KeyedExports(t, underTest()) }

func TestKeyedAlarm(t *testing.T) { conformance.KeyedAlarm(t, underTest()) }

func TestKeyedAlarmDue(t *testing.T) { conformance.KeyedAlarmDue(t, underTest()) }

func TestMethods(t *testing.T) { conformance.Methods(t, underTest()) }

func TestVersionsLiveSideBySide(t *testing.T) { conformance.VersionsLiveSideBySide(t, underTest()) }

func TestDeadlineAbortsTheSignalAndAnswersOnce(t *testing.T) {
	conformance.DeadlineAbortsTheSignalAndAnswersOnce(t, underTest())
}

func TestRequestsAreTold(t *testing.T) { conformance.RequestsAreTold(t, underTest()) }

func TestWaitUntilOutlivesTheReply(t *testing.T) {
	conformance.WaitUntilOutlivesTheReply(t, underTest())
}

func TestAbandonHandsBackTheInnocent(t *testing.T) {
	conformance.AbandonHandsBackTheInnocent(t, underTest())
}

func TestFetch(t *testing.T) { conformance.Fetch(t, underTest()) }

func TestSubrequestsAndTimersAreBounded(t *testing.T) {
	conformance.SubrequestsAndTimersAreBounded(t, underTest())
}

func TestHostSurvivesTampering(t *testing.T) {
	notUnderRace(t)
	conformance.HostSurvivesTampering(t, underTest())
}

func TestLargePayloads(t *testing.T) {
	notUnderRace(t)
	conformance.LargePayloads(t, underTest())
}

func TestLiveVersionsStayWarm(t *testing.T) { conformance.LiveVersionsStayWarm(t, underTest()) }

func TestWhatCallsLeaveBehindIsFreed(t *testing.T) {
	notUnderRace(t)
	conformance.WhatCallsLeaveBehindIsFreed(t, underTest())
}

func TestEachLimitSaysWhatToDo(t *testing.T) {
	notUnderRace(t)
	conformance.EachLimitSaysWhatToDo(t, underTest())
}

func TestEachKindHasAdvice(t *testing.T) { conformance.EachKindHasAdvice(t, underTest()) }

func TestReplies(t *testing.T) { conformance.Replies(t, underTest()) }

func TestLimitsCondemn(t *testing.T) {
	notUnderRace(t)
	conformance.LimitsCondemn(t, underTest())
}

func TestDeepRecursionIsAnException(t *testing.T) {
	conformance.DeepRecursionIsAnException(t, underTest())
}

func TestManyInFlight(t *testing.T) {
	notUnderRace(t)
	conformance.ManyInFlight(t, underTest())
}

func TestTerminationThatComesBeforeTheEntry(t *testing.T) {
	notUnderRace(t)
	conformance.TerminationThatComesBeforeTheEntry(t, underTest())
}

func TestTamperingChangesNothingOfTheHosts(t *testing.T) {
	notUnderRace(t)
	conformance.TamperingChangesNothingOfTheHosts(t, underTest())
}

func TestCallsSeeNothingOfOthers(t *testing.T) {
	notUnderRace(t)
	conformance.CallsSeeNothingOfOthers(t, underTest())
}

func TestTamperingSeesNoOtherMessage(t *testing.T) {
	notUnderRace(t)
	conformance.TamperingSeesNoOtherMessage(t, underTest())
}

func TestTamperingReachesNothingOfTheHosts(t *testing.T) {
	notUnderRace(t)
	conformance.TamperingReachesNothingOfTheHosts(t, underTest())
}

func TestTamperingEndsNoOtherInvocation(t *testing.T) {
	notUnderRace(t)
	conformance.TamperingEndsNoOtherInvocation(t, underTest())
}

func TestTamperingAnswersItself(t *testing.T) {
	notUnderRace(t)
	conformance.TamperingAnswersItself(t, underTest())
}

func TestTamperingReadsNoOtherMessage(t *testing.T) {
	notUnderRace(t)
	conformance.TamperingReadsNoOtherMessage(t, underTest())
}

func TestUnhandledRejectionsAreReported(t *testing.T) {
	notUnderRace(t)
	conformance.UnhandledRejectionsAreReported(t, underTest())
}

func TestUnhandledRejectionsAreBounded(t *testing.T) {
	notUnderRace(t)
	conformance.UnhandledRejectionsAreBounded(t, underTest())
}

func TestRejectionsAreToldToListeners(t *testing.T) {
	notUnderRace(t)
	conformance.RejectionsAreToldToListeners(t, underTest())
}

func TestUnhandledRejectionThatLoops(t *testing.T) {
	notUnderRace(t)
	conformance.UnhandledRejectionThatLoops(t, underTest())
}

func FuzzHostileScript(f *testing.F) { conformance.FuzzHostileScript(f, underTest()) }
