package stream

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/jsruntime/function"
)

// laneRig is a member with one key, the first message of which runs until it is released, and
// a clock that the test moves. Like a node it starts nothing whose time is over, and says how
// long a run waited to start.
type laneRig struct {
	*rig
	offset  atomic.Int64
	started chan struct{}
	release chan struct{}
	got     seen
	m       *Triggers
}

func (l *laneRig) now() time.Time { return time.Now().Add(time.Duration(l.offset.Load())) }

func newLaneRig(t *testing.T, keyed bool) *laneRig {
	t.Helper()
	l := &laneRig{rig: newRig(t), started: make(chan struct{}), release: make(chan struct{})}
	trigger := byKey(nil)
	trigger.Keyed, trigger.Wall = keyed, 10*time.Minute
	run := func(inv *function.Invocation, done func(*function.Result)) {
		queued, end := l.now().Sub(inv.Received), inv.Received.Add(trigger.Wall)
		if !inv.Deadline.IsZero() && inv.Deadline.Before(end) {
			end = inv.Deadline
		}
		n := l.got.add(inv)
		go func() {
			res := ok(inv)
			switch {
			case !l.now().Before(end):
				res = function.Failure(function.Timeout, "the deadline passed before the function could start")
			case keyed:
				res = fold(inv)
			}
			res.Receipt.Queued = queued
			if n == 1 {
				close(l.started)
				<-l.release
			}
			done(res)
		}()
	}
	cfg := testConfig()
	cfg.PullExpiry, cfg.Heartbeat = 48*time.Hour, 12*time.Hour // else the clock's move is a server that says nothing
	l.m = l.joinWith(t, cfg, member{run: run})
	l.m.deps.Clock = l.now
	held := leases{Store: new(lease.Memory), name: "a", conn: l.m.deps.Conn, ttl: time.Minute}
	l.m.deps.Leases, l.m.deps.KeyedLeases = held, held
	l.m.Set([]Trigger{trigger})
	return l
}

// send publishes messages of one key, and waits until the member has them.
func (l *laneRig) send(t *testing.T, deadlines ...time.Duration) {
	t.Helper()
	for i, deadline := range deadlines {
		msg := nats.NewMsg("orders.a.new")
		msg.Data = []byte{byte('1' + i)}
		if deadline > 0 {
			msg.Header.Set(bridge.HeaderDeadline, l.now().Add(deadline).Format(time.RFC3339Nano))
		}
		_, err := l.js.PublishMsg(t.Context(), msg)
		require.NoError(t, err)
	}
	select {
	case <-l.started:
	case <-time.After(patience):
		require.FailNow(t, "nothing is run", l.logs.String())
	}
	l.waitFor(t, "the member to have them all", func() (bool, any) {
		held := l.m.Stats()[0].Held
		return held == len(deadlines), held
	})
}

// ran is what was run, in its order.
func (l *laneRig) ran() (payloads string) {
	for _, inv := range l.got.all() {
		payloads += string(inv.Payload)
	}
	return payloads
}

// eachOrder runs f for a trigger with an order, and for a keyed function.
func eachOrder(t *testing.T, f func(*testing.T, *laneRig)) {
	t.Helper()
	for name, keyed := range map[string]bool{"order": false, "keyed": true} {
		t.Run(name, func(t *testing.T) {
			l := newLaneRig(t, keyed)
			f(t, l)
			require.NoError(t, l.m.Drain(context.WithoutCancel(t.Context())))
		})
	}
}

// What waits for others of its key, for longer than a run may take, has the whole time for its
// own run: it is run once. Nor does such a wait make the member take fewer at a time, as if it
// had no room.
func TestWaitForTheKeyIsNotTheRuns(t *testing.T) { eachOrder(t, waitLong) }

func waitLong(t *testing.T, l *laneRig) {
	t.Helper()
	l.send(t, make([]time.Duration, 5*firstWindow)...)
	l.offset.Store(int64(time.Hour))
	close(l.release)
	l.unacked(t)
	require.Len(t, l.got.all(), 5*firstWindow, "each once")
	require.Empty(t, l.letters(t))
	require.GreaterOrEqual(t, l.m.Stats()[0].Window, firstWindow)
}

// One whose own deadline passes while it waits for others of its key is a dead letter in its
// place, and is not run.
func TestDeadlinePassesBehindAnother(t *testing.T) { eachOrder(t, waitTooLong) }

func waitTooLong(t *testing.T, l *laneRig) {
	t.Helper()
	l.send(t, 0, 30*time.Minute, 2*time.Hour, 0)
	l.offset.Store(int64(time.Hour))
	close(l.release)
	l.unacked(t)
	require.Equal(t, "134", l.ran())
	all := l.letters(t)
	require.Len(t, all, 1)
	require.Equal(t, "2", string(all[0].Payload))
	require.Equal(t, function.Timeout, all[0].Outcome)
}
