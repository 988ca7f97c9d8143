package ackpolicy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// never adds no jitter, ever the most.
func never() float64 { return 0 }

// The table of the documentation, each outcome at each delivery.
func TestSettle(t *testing.T) {
	p := Default()
	p.Backoff = []time.Duration{time.Second, 10 * time.Second, time.Minute}
	const s = time.Second
	dead := time.Duration(-1)
	ack := time.Duration(-2)
	for outcome, want := range map[function.Outcome][]time.Duration{ // after delivery 1, 2, ...
		function.OK:             {ack, ack, ack, ack, ack, ack},
		function.BadRequest:     {dead, dead},
		function.TooLarge:       {dead, dead},
		function.NotFound:       {5 * s, 10 * s, 60 * s, 60 * s, dead, dead},
		function.Timeout:        {s, 10 * s, 60 * s, 60 * s, dead, dead},
		function.Exception:      {s, 10 * s, 60 * s, 60 * s, dead, dead},
		function.ExceededCPU:    {s, dead, dead},
		function.ExceededMemory: {s, dead, dead},
		function.Overloaded:     {s, s, s, s, s, s},
		function.Crashed:        {s, s, s, s, s, s},
		function.Canceled:       {0, 0, 0, 0, 0, 0},
	} {
		for i, delay := range want {
			got := p.Settle(Delivery{Outcome: outcome, Deliveries: i + 1}, never)
			if delay == ack {
				require.Equal(t, Decision{Verdict: Ack}, got, "%s, delivery %d", outcome, i+1)
				continue
			}
			if delay == dead {
				require.Equal(t, DeadLetter, got.Verdict, "%s, delivery %d", outcome, i+1)
				require.Equal(t, outcome, got.Outcome)
				require.NotEmpty(t, got.Reason)
				continue
			}
			require.Equal(t, Nak, got.Verdict, "%s, delivery %d", outcome, i+1)
			require.Equal(t, delay, got.Delay, "%s, delivery %d", outcome, i+1)
		}
	}
}

func TestForgivenDoNotCount(t *testing.T) {
	p := Default()
	d := Delivery{Outcome: function.Exception, Deliveries: 9, Forgiven: 8}
	require.Equal(t, 1, d.Counted())
	require.Equal(t, Decision{Verdict: Nak, Delay: time.Second}, p.Settle(d, never), "the first that counts")
	require.Equal(t, Run, p.Arrive(d).Verdict)
	d.Forgiven = 4
	require.Equal(t, DeadLetter, p.Settle(d, never).Verdict, "the fifth that counts")

	// Bounded all the same.
	d = Delivery{Outcome: function.Overloaded, Deliveries: MaxForgiven + 1, Forgiven: MaxForgiven}
	require.False(t, p.Settle(d, never).Forgive)
	d.Deliveries, d.Forgiven = MaxForgiven+5, MaxForgiven+4
	require.Equal(t, DeadLetter, p.Settle(d, never).Verdict)
	require.Equal(t, 1, Delivery{Deliveries: 3, Forgiven: 7}.Counted(), "nonsense does no harm")
	require.Equal(t, 3, Delivery{Deliveries: 3, Forgiven: -7}.Counted())
}

func TestOverloadedWaitsAsAsked(t *testing.T) {
	p := Default()
	got := p.Settle(Delivery{Outcome: function.Overloaded, Deliveries: 1, RetryAfter: 7 * time.Second}, never)
	require.Equal(t, Decision{Verdict: Nak, Delay: 7 * time.Second, Forgive: true}, got)
	got = p.Settle(Delivery{Outcome: function.Overloaded, Deliveries: 4, Forgiven: 3, RetryAfter: time.Second}, never)
	require.Equal(t, 8*time.Second, got.Delay)
}

func TestNoOutcomeIsCrashed(t *testing.T) {
	p := Default()
	for _, o := range []function.Outcome{0, function.Canceled + 1, 255} {
		got := p.Settle(Delivery{Outcome: o, Deliveries: 1}, never)
		require.True(t, got.Verdict == Nak && got.Forgive)
		got = p.Settle(Delivery{Outcome: o, Deliveries: MaxForgiven + 9, Forgiven: MaxForgiven}, never)
		require.Equal(t, DeadLetter, got.Verdict)
		require.Equal(t, function.Crashed, got.Outcome)
	}
}

func TestArriveEndsWhatEndsNodes(t *testing.T) {
	p := Default()
	require.Equal(t, Run, p.Arrive(Delivery{Deliveries: 5}).Verdict)
	got := p.Arrive(Delivery{Deliveries: 6})
	require.Equal(t, DeadLetter, got.Verdict)
	require.Equal(t, function.Crashed, got.Outcome)
	require.Contains(t, got.Reason, "delivery 6 of at most 5")

	got = p.Arrive(Delivery{Deliveries: 1, Expired: true})
	require.Equal(t, DeadLetter, got.Verdict)
	require.Equal(t, function.Timeout, got.Outcome)
}

func TestRunning(t *testing.T) {
	p := Default()
	require.Equal(t, Decision{Verdict: Leave, Delay: 5 * time.Second}, p.Running(10*time.Second))
	require.Equal(t, Decision{Verdict: Progress, Delay: 15 * time.Second}, p.Running(15*time.Second))
	require.Equal(t, Progress, p.Running(time.Hour).Verdict)
}

func TestWaitDoublesUpToTheCap(t *testing.T) {
	p := Default()
	for n, want := range []string{"1s", "1s", "2s", "4s", "8s", "16s", "32s", "1m0s", "1m0s"} {
		require.Equal(t, want, p.Wait(n).String(), "after %d", n)
	}
	require.Equal(t, time.Minute, p.Wait(1<<30))
	p.Base, p.Cap = time.Hour, 1<<62
	require.Positive(t, p.Wait(100), "no overflow")
}

func TestNotKeptIsNeverGivenUp(t *testing.T) {
	p := Default()
	p.Backoff = []time.Duration{0}
	require.Equal(t, Decision{Verdict: Nak, Delay: time.Second}, p.NotKept(Delivery{Deliveries: 1 << 30}, never))
}

func TestValidate(t *testing.T) {
	require.NoError(t, Default().Validate())
	err := Policy{Backoff: []time.Duration{-1}, Jitter: 2, NotFoundWait: -1}.Validate()
	require.ErrorIs(t, err, ErrInvalid)
	for _, want := range []string{"limit of deliveries is 0", "back-off 0 is -1ns", "jitter is 2", "ack wait is 0s", "not-found is -1ns"} {
		require.ErrorContains(t, err, want)
	}
	require.ErrorContains(t, Policy{Limit: 1, AckWait: 1}.Validate(), "needs a base over 0")
}
