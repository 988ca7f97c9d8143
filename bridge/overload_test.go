package bridge

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// holder is a Dispatcher that answers when it is told to.
type holder struct {
	mu   sync.Mutex
	held []func(*function.Result)
}

func (h *holder) Submit(_ *function.Invocation, done func(*function.Result)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held = append(h.held, done)
}

func (h *holder) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.held)
}

// waitHeld waits until n invocations are held.
func (h *holder) waitHeld(tb testing.TB, n int) {
	tb.Helper()
	waitFor(tb, fmt.Sprintf("%d held invocations", n), func() (bool, any) { return h.count() == n, h.count() })
}

// release answers everything that is held.
func (h *holder) release(res *function.Result) {
	h.mu.Lock()
	held := h.held
	h.held = nil
	h.mu.Unlock()
	for _, done := range held {
		done(res)
	}
}

// inbox subscribes to replies and counts them by subject.
type inbox struct {
	prefix string
	mu     sync.Mutex
	byID   map[string][]*nats.Msg
}

func newInbox(tb testing.TB, conn *nats.Conn) *inbox {
	tb.Helper()
	in := &inbox{prefix: nats.NewInbox(), byID: make(map[string][]*nats.Msg)}
	_, err := conn.Subscribe(in.prefix+".*", func(m *nats.Msg) {
		in.mu.Lock()
		defer in.mu.Unlock()
		id := m.Subject[len(in.prefix)+1:]
		in.byID[id] = append(in.byID[id], m)
	})
	require.NoError(tb, err)
	return in
}

func (in *inbox) reply(id int) string { return fmt.Sprintf("%s.%d", in.prefix, id) }

// outcomes counts the first replies by outcome, and the replies over one for a
// message.
func (in *inbox) outcomes() (byOutcome map[string]int, total, extra int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	byOutcome = make(map[string]int)
	for _, msgs := range in.byID {
		word := msgs[0].Header.Get(HeaderOutcome)
		if word == "" {
			word = "ok"
		}
		byOutcome[word]++
		total += len(msgs)
		extra += len(msgs) - 1
	}
	return byOutcome, total, extra
}

func TestOverloadIsAnsweredAtOnce(t *testing.T) {
	const bound, more = 10, 300
	h := new(holder)
	r := newRig(t, h, func(c *Config, _ *Deps) { c.MaxPending = bound; c.RetryAfter = 2500 * time.Millisecond })
	in := newInbox(t, r.client)
	for i := range bound {
		require.NoError(t, r.client.PublishRequest("fn.a", in.reply(i), nil))
	}
	h.waitHeld(t, bound)
	for range more {
		reply := r.call(t, "fn.a", nil)
		requireOutcome(t, function.Overloaded, reply)
		require.Equal(t, "3", reply.Header.Get(HeaderRetryAfter))
	}
	require.Equal(t, bound, h.count(), "what is shed never reaches the dispatcher")
	s := r.bridge.Stats()
	require.EqualValues(t, more, s.Shed)
	require.Equal(t, bound, s.Pending)
	waitFor(t, "the report", func() (bool, any) {
		logs := r.logs.String()
		return containsAll(logs, "more came than runs in time", "shed="), logs
	})

	h.release(&function.Result{Outcome: function.OK})
	waitFor(t, "the held replies", func() (bool, any) {
		_, total, _ := in.outcomes()
		return total == bound, total
	})
	waitFor(t, "room again", func() (bool, any) { s := r.bridge.Stats(); return s.Pending == 0, s })
	require.NoError(t, r.client.PublishRequest("fn.a", in.reply(bound), nil))
	h.waitHeld(t, 1)
	h.release(&function.Result{Outcome: function.OK})
}

func TestOverloadByBytes(t *testing.T) {
	h := new(holder)
	r := newRig(t, h, func(c *Config, _ *Deps) { c.MaxPendingBytes = 8 << 20 })
	in := newInbox(t, r.client)
	large := make([]byte, 5<<20)
	require.NoError(t, r.client.PublishRequest("fn.a", in.reply(0), large))
	h.waitHeld(t, 1)
	requireOutcome(t, function.Overloaded, r.call(t, "fn.a", large))
	require.NoError(t, r.client.PublishRequest("fn.a", in.reply(1), make([]byte, 3<<20)))
	h.waitHeld(t, 2)
	require.EqualValues(t, 8<<20, r.bridge.Stats().PendingBytes)
	h.release(&function.Result{Outcome: function.OK})
	waitFor(t, "an empty table", func() (bool, any) { s := r.bridge.Stats(); return s.PendingBytes == 0, s })
}

// TestHammerExactlyOneReply: several callers, results from many goroutines, each
// given twice, panics in between; every message gets one reply.
func TestHammerExactlyOneReply(t *testing.T) {
	const callers, each = 4, 500
	results := make(chan func(), callers*each*2)
	var spare atomic.Int64
	r := newRig(t, dispatch(func(inv *function.Invocation, done func(*function.Result)) {
		res := &function.Result{Outcome: function.OK, Body: inv.Payload}
		switch rand.IntN(4) {
		case 0:
			done(res)
		case 1:
			done(res)
			panic("after the answer")
		case 2:
			results <- func() { done(res) }
			results <- func() { done(res); spare.Add(1) }
		default:
			results <- func() { done(function.Failure(function.Exception, "no")) }
		}
	}), func(c *Config, _ *Deps) { c.MaxPending = 200 })
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for deliver := range results {
				deliver()
			}
		})
	}
	in := newInbox(t, r.client)
	var calling sync.WaitGroup
	for c := range callers {
		conn := connectTo(t, r.server.ClientURL())
		calling.Go(func() {
			for i := range each {
				if err := conn.PublishRequest("fn.a", in.reply(c*each+i), []byte("x")); err != nil {
					t.Error(err)
				}
			}
			if err := conn.Flush(); err != nil {
				t.Error(err)
			}
		})
	}
	calling.Wait()
	waitFor(t, "every reply", func() (bool, any) {
		byOutcome, total, _ := in.outcomes()
		return total >= callers*each, byOutcome
	})
	require.NoError(t, r.bridge.Drain(t.Context()))
	close(results)
	workers.Wait()
	require.NoError(t, r.client.Flush())
	byOutcome, total, extra := in.outcomes()
	require.Zero(t, extra, "%v", byOutcome)
	require.Equal(t, callers*each, total)

	s := r.bridge.Stats()
	var sum uint64
	for outcome, n := range s.Outcomes {
		require.EqualValues(t, byOutcome[outcome.String()], n, outcome)
		sum += n
	}
	require.EqualValues(t, callers*each, sum)
	require.Equal(t, s.Received, s.Accepted+s.Shed)
	require.GreaterOrEqual(t, s.StrayResults, uint64(spare.Load()))
	require.Zero(t, s.Pending)
}

func TestSlowConsumerDropsAreCounted(t *testing.T) {
	release := make(chan struct{})
	events := new(ConnEvents)
	r := newRig(t, dispatch(func(inv *function.Invocation, done func(*function.Result)) {
		<-release // what no dispatcher may do
		echo(inv, done)
	}), func(c *Config, d *Deps) {
		c.BufferMessages = 5
		cfg := connConfig(d.Conn.ConnectedUrl())
		cfg.Events = events
		conn, err := Connect(t.Context(), cfg, d.Logger)
		require.NoError(t, err)
		t.Cleanup(conn.Close)
		d.Conn, d.Events = conn, events
	})
	for range 20 {
		require.NoError(t, r.client.Publish("fn.a", nil))
	}
	require.NoError(t, r.client.Flush())
	waitFor(t, "drops", func() (bool, any) { s := r.bridge.Stats(); return s.SlowConsumerDrops == 15, s })
	close(release)
	waitFor(t, "the rest", func() (bool, any) { s := r.bridge.Stats(); return s.Outcomes[function.OK] == 5, s })
	require.EqualValues(t, 1, r.bridge.Stats().Conn.SlowConsumers)
	waitFor(t, "both lines", func() (bool, any) {
		logs := r.logs.String()
		return containsAll(logs, "slow consumer: messages are dropped", "the NATS client's buffer overflowed", "slow_consumer_drops="), logs
	})
}
