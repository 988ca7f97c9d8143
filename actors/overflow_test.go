package actors

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// peer is another node, as Overflow sees it: it takes what it wants, and answers in the
// way that answer has.
type peer struct {
	room   atomic.Bool
	think  func() // where set, before it decides
	answer func(done func(*function.Result))
	asked  chan *function.Invocation
}

func newPeer(wants bool) *peer {
	o := &peer{
		answer: func(done func(*function.Result)) { done(fromPeer()) },
		asked:  make(chan *function.Invocation, 10_000),
	}
	o.room.Store(wants)
	return o
}

func fromPeer() *function.Result {
	return &function.Result{Outcome: function.OK, Receipt: function.Receipt{Node: "n2", Runtime: 7, Attempts: 1, Queued: time.Second}}
}

func (o *peer) overflow(inv *function.Invocation, done func(*function.Result)) bool {
	o.asked <- inv
	if o.think != nil {
		o.think()
	}
	if !o.room.Load() {
		return false
	}
	o.answer(done)
	return true
}

func (o *peer) elsewhere(_ string, inv *function.Invocation, done func(*function.Result)) bool {
	return o.overflow(inv, done)
}

// busy is a pool with one runtime in a turn that lasts until the test's end, and n more
// calls of the same function queued.
func busy(t *testing.T, l *lab, n int, cfg Config) *Pool {
	t.Helper()
	release := make(chan struct{})
	l.script = blockable(release)
	p := l.start(t, cfg)
	t.Cleanup(func() { close(release) })
	deploy(t, p, fn("block", "v1"))
	deploy(t, p, fn("f", "v1"))
	ask(t, p, call("block"))
	until(t, p, func(s Stats) bool { return s.Pending == 1 && s.Queue == 0 })
	for i := range n {
		inv := call("block")
		inv.Patient = true // or its function would have its part of the queue before
		p.SubmitHere(inv, func(*function.Result) {})
		require.Equal(t, i+1, p.Stats().Queue)
	}
	return p
}

func TestOverflowIsAskedInsteadOfQueueing(t *testing.T) {
	const queue = 8
	for _, c := range []struct {
		name    string
		spillAt int
		queued  int
		wants   bool
		here    bool
		asked   bool
		queues  bool
	}{
		{name: "below the bound", spillAt: 3, queued: 2, wants: true, queues: true},
		{name: "at the bound", spillAt: 3, queued: 3, wants: true, asked: true},
		{name: "over the bound", spillAt: 3, queued: 5, wants: true, asked: true},
		{name: "refused", spillAt: 3, queued: 3, asked: true, queues: true},
		{name: "0 is only when full, and it is not", queued: queue - 1, wants: true, queues: true},
		{name: "0 is only when full, and it is", queued: queue, wants: true, asked: true},
		{name: "a bound past the queue", spillAt: 100, queued: queue, wants: true, asked: true},
		{name: "full and refused", spillAt: 3, queued: queue, asked: true},
		{name: "from a peer", spillAt: 3, queued: 5, wants: true, here: true, queues: true},
		{name: "from a peer, and full", spillAt: 3, queued: queue, wants: true, here: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, o := &lab{}, newPeer(c.wants)
			cfg := l.config(1)
			cfg.Queue, cfg.SpillAt, cfg.Overflow = queue, c.spillAt, o.overflow
			p := busy(t, l, c.queued, cfg)
			answer := make(chan *function.Result, 2)
			submit := p.Submit
			if c.here {
				submit = p.SubmitHere
			}
			inv := call("f")
			submit(inv, func(res *function.Result) { answer <- res })
			if c.asked {
				require.Same(t, inv, <-o.asked)
			}
			require.Empty(t, o.asked, "once")
			st := p.Stats()
			require.Zero(t, st.Away)
			switch {
			case c.queues:
				require.Empty(t, answer)
				require.Equal(t, c.queued+1, st.Queue)
				require.EqualValues(t, c.queued+2, st.Accepted)
			case c.wants && !c.here:
				res := <-answer
				require.Equal(t, function.Receipt{Node: "n2", Runtime: 7, Attempts: 1, Queued: time.Second}, res.Receipt, "the peer's")
				require.EqualValues(t, 1, st.Spilled)
				require.Zero(t, st.Outcomes[function.OK], "counted where it ran")
				require.EqualValues(t, c.queued+1, st.Accepted)
			default:
				res := <-answer
				require.Equal(t, function.Overloaded, res.Outcome)
				require.Equal(t, c.asked, contains(res.Message, "no other member has room"), res.Message)
				require.Contains(t, res.Message, "8 of 8 waiting")
				require.EqualValues(t, 1, st.Outcomes[function.Overloaded])
			}
			require.Equal(t, st.Queue+1, st.Pending)
		})
	}
}

// TestOverflowIsNotAskedWhereARuntimeIsFree: what waits is another function, at its own
// limit.
func TestOverflowIsNotAskedWhereARuntimeIsFree(t *testing.T) {
	l, o := &lab{script: func(r run) error {
		if r.inv.Function == "wait" {
			return park(r)
		}
		return echo(r)
	}}, newPeer(true)
	cfg := l.config(1)
	cfg.SpillAt, cfg.Overflow = 1, o.overflow
	p := l.start(t, cfg)
	deploy(t, p, fn("wait", "v1", inflight(1)))
	deploy(t, p, fn("f", "v1"))
	for range 5 {
		p.SubmitHere(call("wait"), func(*function.Result) {})
	}
	until(t, p, func(s Stats) bool { return s.Queue == 4 && s.Runtimes[0].State == StateIdle })
	res := take(t, p, ask(t, p, call("f")))
	require.Equal(t, "n1", res.Receipt.Node)
	require.Empty(t, o.asked)
	require.Equal(t, "n2", take(t, p, ask(t, p, call("wait"))).Receipt.Node)
}

// TestOverflowIsNotAskedForWhatIsRefused: it would be refused there as well, or do its
// harm there too.
func TestOverflowIsNotAskedForWhatIsRefused(t *testing.T) {
	l, o := &lab{}, newPeer(true)
	cfg := l.config(0)
	cfg.Overflow = o.overflow
	p := l.start(t, cfg)
	deploy(t, p, fn("f", "v1"))
	deploy(t, p, fn("bad", "v1"))
	p.d.mu.Lock()
	p.d.quarantine.stick("bad", "v1", "a turn")
	p.d.mu.Unlock()
	late := call("f")
	late.Deadline = time.Now().Add(-time.Second)
	require.Equal(t, function.Timeout, take(t, p, ask(t, p, late)).Outcome)
	require.Equal(t, function.NotFound, take(t, p, ask(t, p, call("nobody"))).Outcome)
	require.Equal(t, function.Overloaded, take(t, p, ask(t, p, call("bad"))).Outcome)
	require.Empty(t, o.asked)
	require.Equal(t, "n2", take(t, p, ask(t, p, call("f"))).Receipt.Node)
	require.NoError(t, p.Close())
	require.Equal(t, function.Canceled, take(t, p, ask(t, p, call("f"))).Outcome, "after Close")
	require.Len(t, o.asked, 1)
}

// TestOverflowThatBreaksItsContract is answered once all the same.
func TestOverflowThatBreaksItsContract(t *testing.T) {
	for _, c := range []struct {
		name     string
		overflow func(f *lab) Overflow
		node     string
		late     uint64
	}{
		{"answers twice", func(*lab) Overflow {
			return func(_ *function.Invocation, done func(*function.Result)) bool {
				done(fromPeer())
				done(fromPeer())
				return true
			}
		}, "n2", 1},
		{"answers and refuses", func(*lab) Overflow {
			return func(_ *function.Invocation, done func(*function.Result)) bool {
				done(fromPeer())
				return false
			}
		}, "n2", 0},
		{"refuses and answers", func(*lab) Overflow {
			var kept func(*function.Result)
			return func(inv *function.Invocation, done func(*function.Result)) bool {
				if inv.ID == "second" {
					kept(fromPeer())
					return false
				}
				kept = done
				return false
			}
		}, "n1", 1},
		{"answers nothing", func(*lab) Overflow {
			return func(_ *function.Invocation, done func(*function.Result)) bool {
				done(nil)
				return true
			}
		}, "n1", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &lab{script: echo}
			cfg := l.config(0)
			cfg.Overflow = c.overflow(l)
			p := l.start(t, cfg)
			deploy(t, p, fn("f", "v1"))
			first := ask(t, p, call("f"))
			if c.name == "refuses and answers" {
				inv := call("f")
				inv.ID = "second"
				second := ask(t, p, inv)
				require.Empty(t, first)
				require.NoError(t, p.Resize(t.Context(), 1))
				require.Equal(t, c.node, take(t, p, second).Receipt.Node)
			}
			require.Equal(t, c.node, take(t, p, first).Receipt.Node)
			require.Equal(t, c.late, p.Stats().Late)
			until(t, p, func(s Stats) bool { return s.Pending == 0 && s.Away == 0 })
		})
	}
}

// TestDrainWithWorkAway: what was handed on is waited for, and what comes meanwhile is
// handed on too, or answered canceled.
func TestDrainWithWorkAway(t *testing.T) {
	for _, grace := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			l, o := &lab{script: echo}, newPeer(true)
			dones := make(chan func(*function.Result), 10)
			o.answer = func(done func(*function.Result)) { dones <- done }
			cfg := l.config(0)
			cfg.Overflow = o.overflow
			p := l.start(t, cfg)
			deploy(t, p, fn("f", "v1"))
			first := ask(t, p, call("f"))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			drained := make(chan error, 1)
			go func() { drained <- p.Drain(ctx) }()
			synctest.Wait()
			second := ask(t, p, call("f"))
			require.Equal(t, 2, p.Stats().Away)
			o.room.Store(false)
			require.Equal(t, function.Canceled, take(t, p, ask(t, p, call("f"))).Outcome)
			require.Zero(t, p.Load().Room)
			require.Empty(t, drained)
			if grace {
				(<-dones)(fromPeer())
				(<-dones)(fromPeer())
				require.NoError(t, <-drained)
				require.Equal(t, "n2", take(t, p, first).Receipt.Node)
				require.Equal(t, "n2", take(t, p, second).Receipt.Node)
				return
			}
			require.ErrorIs(t, <-drained, context.DeadlineExceeded)
			for _, ch := range []<-chan *function.Result{first, second} {
				require.Equal(t, function.Canceled, take(t, p, ch).Outcome)
			}
			(<-dones)(fromPeer()) // nobody is told
			require.Equal(t, 1, p.Stats().Away)
			require.NoError(t, p.Close())
			(<-dones)(fromPeer())
			require.Zero(t, p.Stats().Away)
		})
	}
}

// TestAnswerComesWhileRefusing: the pool is cut off while Overflow thinks.
func TestAnswerComesWhileRefusing(t *testing.T) {
	for _, wants := range []bool{true, false} {
		l, o := &lab{script: echo}, newPeer(wants)
		thinks, decide := make(chan struct{}), make(chan struct{})
		o.think = func() {
			close(thinks)
			<-decide
		}
		cfg := l.config(0)
		cfg.Overflow = o.overflow
		p := l.start(t, cfg)
		deploy(t, p, fn("f", "v1"))
		answer := make(chan (<-chan *function.Result), 1)
		go func() { answer <- ask(t, p, call("f")) }()
		<-thinks
		require.Equal(t, 1, p.Stats().Away)
		require.NoError(t, p.Close())
		close(decide)
		require.Equal(t, function.Canceled, take(t, p, <-answer).Outcome)
		require.Zero(t, p.Stats().Away)
		require.Zero(t, p.Stats().Queue)
		require.Zero(t, p.Stats().Pending)
	}
}
