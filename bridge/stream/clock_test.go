package stream

import (
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/jsruntime/function"
)

// The member's clock jumps by an hour, forth and back, again and again, the monotonic one
// with it, which is worse than what a machine does: messages go on to be run, once each; only
// what has a deadline of its own depends on the hour.
func TestClockJumps(t *testing.T) {
	r := newRig(t)
	var offset atomic.Int64
	var got seen
	cfg := testConfig()
	m, err := New(cfg, Deps{
		Conn: r.connect(t), Logger: slog.New(slog.NewTextHandler(r.logs, nil)),
		Dispatcher: answers(func(inv *function.Invocation) *function.Result { got.add(inv); return ok(inv) }),
		Clock:      func() time.Time { return time.Now().Add(time.Duration(offset.Load())) },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Drain(t.Context())) })
	m.Set([]Trigger{orders(func(s *function.Stream) { s.AckWait = 2 * time.Second })})
	n := uint64(0)
	send := func(deadline time.Duration) {
		msg := nats.NewMsg("orders.1.new")
		if deadline != 0 {
			msg.Header.Set(bridge.HeaderDeadline, time.Now().Add(deadline).Format(time.RFC3339Nano))
		}
		_, err := r.js.PublishMsg(t.Context(), msg)
		require.NoError(t, err)
		n++
		r.settled(t, n)
	}
	for _, hours := range []int{0, 1, 0, -1, 0, 24, -24, 0} {
		offset.Store(int64(time.Duration(hours) * time.Hour))
		send(0)
		send(0)
		require.Empty(t, r.letters(t), "%d hours", hours)
	}
	require.Len(t, got.all(), int(n), "each once")
	offset.Store(int64(time.Hour))
	send(time.Minute)
	require.Len(t, r.letters(t), 1, "its deadline has passed, as this clock has it")
	offset.Store(0)
	send(time.Minute)
	require.Len(t, r.letters(t), 1)
}
