package actors

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// TestVerdictsOutliveTheIsolate: what an innocent said of its messages in a turn that had ended
// is in its answer, however another one took the isolate.
func TestVerdictsOutliveTheIsolate(t *testing.T) {
	verdicts := []function.Verdict{{Action: function.SaidAck}, {}, {Action: function.SaidReject, Reason: "no"}}
	unsaid := []function.Verdict{{}, {}, {}}
	condemns := func(<-chan struct{}) script { return condemn }
	panics := func(<-chan struct{}) script { return func(run) error { panic("host function") } }
	for name, c := range map[string]struct {
		end      func(release <-chan struct{}) script
		edit     []func(*function.Manifest)
		said     []function.Verdict
		outcome  function.Outcome
		attempts int
	}{
		"condemned":                     {condemns, nil, verdicts, function.Crashed, 1},
		"a panic":                       {panics, nil, verdicts, function.Crashed, 1},
		"a turn that cannot be stopped": {endless, nil, verdicts, function.Crashed, 1},
		// Who sent them is to have the others run again, and not those that are settled.
		"idempotent":                        {condemns, []func(*function.Manifest){idempotent}, verdicts, function.Crashed, 1},
		"idempotent, and stuck":             {endless, []func(*function.Manifest){idempotent}, verdicts, function.Crashed, 1},
		"idempotent, and said nothing":      {condemns, []func(*function.Manifest){idempotent}, nil, function.OK, 2},
		"idempotent, and nothing that ends": {condemns, []func(*function.Manifest){idempotent}, unsaid, function.OK, 2},
	} {
		t.Run(name, func(t *testing.T) {
			release := make(chan struct{})
			end := c.end(release)
			var runs atomic.Int32
			l := &lab{script: func(r run) error {
				switch {
				case r.inv.Function == "bad":
					return end(r)
				case runs.Add(1) > 1:
					if r.inv.Attempt != 1 {
						return errors.New("the run before counts")
					}
					return echo(r)
				}
				r.f.say(r.inv, c.said...)
				return park(r)
			}}
			p := l.start(t, l.config(1))
			t.Cleanup(func() { close(release) })
			deploy(t, p, fn("bad", "v1"))
			deploy(t, p, fn("f", "v1", c.edit...))
			batch := call("f")
			batch.Batch, batch.Kept = make([]function.Message, 3), true
			innocent := ask(t, p, batch)
			until(t, p, func(s Stats) bool { return s.Runtimes[0].Inflight == 1 && s.Runtimes[0].State == StateIdle })
			take(t, p, ask(t, p, call("bad")))
			res := take(t, p, innocent)
			require.Equal(t, c.outcome, res.Outcome, res.Message)
			require.Equal(t, c.attempts, res.Receipt.Attempts)
			if c.attempts > 1 {
				require.Empty(t, res.Verdicts, "the second attempt speaks for itself")
				return
			}
			require.Equal(t, c.said, res.Verdicts)
		})
	}
}

// TestVerdictsOfTheStuck: what the culprit had said before the turn that never ends counts too.
func TestVerdictsOfTheStuck(t *testing.T) {
	release := make(chan struct{})
	stick := endless(release)
	said := []function.Verdict{{Action: function.SaidAck}}
	l := &lab{script: func(r run) error {
		r.f.say(r.inv, said...)
		r.f.later(func() error { return stick(r) })
		return nil
	}}
	p := l.start(t, l.config(1))
	t.Cleanup(func() { close(release) })
	deploy(t, p, fn("f", "v1"))
	res := take(t, p, ask(t, p, call("f")))
	require.Equal(t, function.ExceededCPU, res.Outcome)
	require.Equal(t, said, res.Verdicts)
}
