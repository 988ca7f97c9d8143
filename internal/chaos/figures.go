package chaos

import (
	"fmt"
	"maps"
	"time"
)

// figures are the durations that a scenario measures; negative ones were not.
type figures struct {
	// first and detected are when a live member, and when all of them, knew that the
	// victims are gone, counted from the fault.
	first, detected time.Duration
	// converged, shares and solo are when all agreed again, had the wished runtimes
	// between them, and the dedicated function answered; counted from the fault's end.
	converged, shares, solo time.Duration
}

func noFigures() figures { return figures{-1, -1, -1, -1, -1} }

// Result is what came of a scenario.
type Result struct {
	Scenario, What string
	Nodes          int
	// NotRun says why it was not; the rest is zero then.
	NotRun string
	Took   time.Duration
	// First and Detected, Converged, Shares and Solo are durations as of the docs; -1 for
	// what was not measured.
	First, Detected, Converged, Shares, Solo time.Duration
	// Sent calls ended OK, Failed by outcome, or without a reply.
	Sent, OK, NoReply int
	Failed            map[string]int
	// Again counts runs beyond the first of idempotent calls, Twice those of others,
	// Doubles second answers, Late those that came when the caller listened no more.
	Again, Twice, Doubles, Late int
	// Isolates is how many the dedicated function had, one after the other.
	Isolates int
	// Notes is what else there is to say.
	Notes []string
	// Broken are the promises that did not hold.
	Broken []Broken
}

// result ends the members in order, and judges.
func (w *world) result() Result {
	if err := w.end(); err != nil {
		w.broke(ordinaryEnd, "%s", err)
	}
	e := w.evidence
	e.records, e.strange = w.caller.all()
	e.runs = w.ledger.all()
	f := w.figures
	r := summarize(e)
	r.First, r.Detected, r.Converged, r.Shares, r.Solo = f.first, f.detected, f.converged, f.shares, f.solo
	r.Notes = w.notes
	if gap := stall(e.records); gap > maxStall {
		r.Notes = append(r.Notes, fmt.Sprintf("this program itself stood still for %s: the machine had too much else to do", gap.Round(10*time.Millisecond)))
	}
	if r.Late > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d of the calls without a reply were answered when their callers had gone", r.Late))
	}
	r.Broken = append(w.faults, judge(e)...)
	return r
}

// summarize counts.
func summarize(e evidence) Result {
	r := Result{Failed: map[string]int{}}
	for _, c := range e.records {
		r.Sent++
		switch c.outcome {
		case okay:
			r.OK++
		case noReply:
			r.NoReply++
		default:
			r.Failed[c.outcome]++
		}
		r.Doubles += max(c.answers-1, 0)
		if c.late {
			r.Late++
		}
	}
	times, isolates := map[string]int{}, map[string]bool{}
	for _, run := range e.runs {
		if times[run.ID]++; times[run.ID] > 1 {
			if e.idempotent[run.Fn] {
				r.Again++
			} else {
				r.Twice++
			}
		}
		if run.Fn == solo {
			isolates[run.Isolate] = true
		}
	}
	r.Isolates = len(isolates)
	return r
}

// maxStall is how long the load may stand still before that is worth a word.
const maxStall = 300 * time.Millisecond

// stall is the longest time in which nothing was sent. The load does not wait for anything,
// so it is how long this program did not run.
func stall(records []record) time.Duration {
	var longest time.Duration
	for i := 1; i < len(records); i++ {
		longest = max(longest, records[i].sent.Sub(records[i-1].sent))
	}
	return longest
}

// Verdict says in a word or two whether the promises held.
func (r Result) Verdict() string {
	switch {
	case r.NotRun != "":
		return "not run: " + r.NotRun
	case len(r.Broken) > 0:
		return "broken: " + numbers(r.Broken)
	default:
		return "kept"
	}
}

// failures are the outcomes that were not ok, with how many.
func (r Result) failures() map[string]int { return maps.Clone(r.Failed) }
