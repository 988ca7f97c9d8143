package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func kept(name, id string) *function.Invocation {
	inv := call(name)
	inv.ID, inv.Kept = id, true
	return inv
}

// TestRecallEndsWhatIsKept: what is queued, and what waits in an isolate, is answered canceled
// with what it said; what its turn ends is answered so; whatever is for no stream goes on.
func TestRecallEndsWhatIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		acked := []function.Verdict{{Action: function.SaidAck}}
		l := &lab{script: func(r run) error {
			switch r.inv.ID {
			case "turn":
				<-release
				return echo(r)
			case "said":
				r.f.say(r.inv, acked...)
			}
			return park(r)
		}}
		cfg := l.config(1)
		cfg.MaxInflight = 4
		p := l.start(t, cfg)
		deploy(t, p, fn("f", "v1"))
		said, unsaid := ask(t, p, kept("f", "said")), ask(t, p, kept("f", "unsaid"))
		plain := ask(t, p, call("f"))
		synctest.Wait()
		turn, queued := ask(t, p, kept("f", "turn")), ask(t, p, kept("f", "queued"))
		behind := ask(t, p, call("f"))
		synctest.Wait()
		require.Equal(t, 2, p.Stats().Queue)

		recalled := make(chan map[string]function.Verdict, 1)
		go func() { recalled <- p.Recall(t.Context()) }()
		synctest.Wait()
		require.Equal(t, function.Canceled, take(t, p, queued).Outcome)
		require.Empty(t, said, "the turn goes on")
		require.Empty(t, recalled)
		close(release)
		require.Empty(t, <-recalled)
		for _, res := range []<-chan *function.Result{said, unsaid, turn} {
			require.Len(t, res, 1, "answered when Recall returns")
		}
		require.Equal(t, function.OK, (<-turn).Outcome)
		res := <-said
		require.Equal(t, function.Canceled, res.Outcome)
		require.Equal(t, acked, res.Verdicts)
		require.Equal(t, function.Canceled, (<-unsaid).Outcome)
		synctest.Wait()
		require.Empty(t, plain)
		require.Empty(t, behind)
		require.Equal(t, 2, p.Stats().Runtimes[0].Inflight)
		require.Empty(t, p.Recall(t.Context()), "nothing is left")
	})
}

// TestRecallDoesNotWaitForTurns: of what is in a turn that goes on, Recall tells what was said
// before; it is answered as it ends.
func TestRecallDoesNotWaitForTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		l := &lab{script: func(r run) error {
			r.f.say(r.inv, function.Verdict{Action: function.SaidAck}, function.Verdict{}, function.Verdict{Action: function.SaidReject, Reason: "no"})
			r.f.later(func() error {
				<-release
				return echo(r)
			})
			return park(r)
		}}
		p := l.start(t, l.config(1))
		deploy(t, p, fn("f", "v1"))
		batch := kept("f", "b")
		batch.Batch = []function.Message{{ID: "one"}, {ID: "two"}, {ID: "three"}}
		res := ask(t, p, batch)
		synctest.Wait()
		began := time.Now()
		said := p.Recall(within(t, time.Second))
		require.Equal(t, time.Second, time.Since(began))
		require.Equal(t, map[string]function.Verdict{"one": {Action: function.SaidAck}, "three": {Action: function.SaidReject, Reason: "no"}}, said)
		require.Empty(t, res)
		close(release)
		require.Equal(t, function.OK, take(t, p, res).Outcome)
	})
}

// TestRecallThatLosesTheIsolate: an isolate that is lost when its invocations are ended ends
// the wait too.
func TestRecallThatLosesTheIsolate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lab{script: park, faulty: true}
		p := l.start(t, l.config(1))
		deploy(t, p, fn("f", "v1"))
		res := ask(t, p, kept("f", "one"))
		synctest.Wait()
		require.Empty(t, p.Recall(t.Context()))
		require.Equal(t, function.Crashed, take(t, p, res).Outcome)
	})
}

// TestRecallOfAClosedPool finds nothing.
func TestRecallOfAClosedPool(t *testing.T) {
	l := &lab{script: park}
	p := l.start(t, l.config(1))
	require.NoError(t, p.Close())
	require.Empty(t, p.Recall(t.Context()))
}
