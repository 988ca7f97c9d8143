package bridge

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func containsAll(s string, parts ...string) bool {
	for _, p := range parts {
		if !strings.Contains(s, p) {
			return false
		}
	}
	return true
}

// inFlight has n messages held by h, with replies to in.
func inFlight(tb testing.TB, r *rig, h *holder, in *inbox, n int) {
	tb.Helper()
	for i := range n {
		require.NoError(tb, r.client.PublishRequest("fn.a", in.reply(i), nil))
	}
	h.waitHeld(tb, n)
}

func TestDrainFinishesWhatIsInFlight(t *testing.T) {
	h := new(holder)
	r := newRig(t, h, nil)
	in := newInbox(t, r.client)
	inFlight(t, r, h, in, 20)

	drained := make(chan error, 1)
	go func() { drained <- r.bridge.Drain(context.Background()) }()
	waitFor(t, "the end of the subscription", func() (bool, any) {
		n := r.bridge.deps.Conn.NumSubscriptions()
		return n == 0, n
	})
	_, err := r.client.Request("fn.a", nil, time.Minute)
	require.ErrorIs(t, err, nats.ErrNoResponders)
	select {
	case err := <-drained:
		t.Fatalf("drained with messages in flight: %v", err)
	default:
	}

	h.release(&function.Result{Outcome: function.OK})
	require.NoError(t, <-drained)
	buffered, err := r.bridge.deps.Conn.Buffered()
	require.NoError(t, err)
	require.Zero(t, buffered, "the server has the replies")
	require.NoError(t, r.client.Flush())
	waitFor(t, "the replies", func() (bool, any) { by, _, _ := in.outcomes(); return by["ok"] == 20, by })
	select {
	case <-r.bridge.Done():
	default:
		t.Fatal("Done is open after Drain")
	}
	require.NoError(t, r.bridge.Drain(t.Context()), "a second time")
	require.NoError(t, r.bridge.Close())
	require.NoError(t, r.bridge.Close())
}

// TestDrainThenCloseLosesNoReply: results come while Drain waits, and the
// connection is closed the moment it returns.
func TestDrainThenCloseLosesNoReply(t *testing.T) {
	s := runServer(t, serverConfig(t))
	for range 20 {
		h := new(holder)
		r := newRigOn(t, s, h, nil)
		in := newInbox(t, r.client)
		inFlight(t, r, h, in, 16)
		h.mu.Lock()
		for _, done := range h.held {
			go done(&function.Result{Outcome: function.OK, Status: 200})
		}
		h.mu.Unlock()
		require.NoError(t, r.bridge.Drain(t.Context()))
		r.bridge.deps.Conn.Close()
		waitFor(t, "the replies", func() (bool, any) { by, _, _ := in.outcomes(); return by["ok"] == 16, by })
		require.Zero(t, r.bridge.Stats().PublishFailures)
	}
}

func TestDrainHandlesWhatWasDelivered(t *testing.T) {
	gate := make(chan struct{})
	entered := make(chan struct{}, 100)
	r := newRig(t, dispatch(func(inv *function.Invocation, done func(*function.Result)) {
		entered <- struct{}{}
		<-gate
		echo(inv, done)
	}), nil)
	in := newInbox(t, r.client)
	for i := range 50 {
		require.NoError(t, r.client.PublishRequest("fn.a", in.reply(i), nil))
	}
	require.NoError(t, r.client.Flush())
	<-entered // the other 49 wait in the NATS client
	drained := make(chan error, 1)
	go func() { drained <- r.bridge.Drain(context.Background()) }()
	close(gate)
	require.NoError(t, <-drained)
	waitFor(t, "the replies", func() (bool, any) { by, _, _ := in.outcomes(); return by["ok"] == 50, by })
}

func TestDrainOutOfTimeAnswersCanceledOnce(t *testing.T) {
	h := new(holder)
	r := newRig(t, h, nil)
	in := newInbox(t, r.client)
	inFlight(t, r, h, in, 7)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	err := r.bridge.Drain(ctx)
	require.Less(t, time.Since(begun), 3*time.Second)
	var drainErr *DrainError
	require.ErrorAs(t, err, &drainErr)
	require.Equal(t, 7, drainErr.Canceled)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "7 messages answered canceled")

	h.release(&function.Result{Outcome: function.OK}) // too late
	require.NoError(t, r.bridge.deps.Conn.Flush())
	require.NoError(t, r.client.Flush())
	waitFor(t, "the replies", func() (bool, any) { by, _, _ := in.outcomes(); return by["canceled"] == 7, by })
	_, total, extra := in.outcomes()
	require.Equal(t, 7, total)
	require.Zero(t, extra)
	s := r.bridge.Stats()
	require.EqualValues(t, 7, s.StrayResults)
	require.EqualValues(t, 7, s.Outcomes[function.Canceled])
	require.Zero(t, s.Pending)
	require.Equal(t, err, r.bridge.Drain(t.Context()), "a later call has the same result")
	require.NoError(t, r.bridge.Close())
}

func TestDrainOutOfTimeRefusesWhatIsBehind(t *testing.T) {
	gate := make(chan struct{})
	entered := make(chan struct{}, 100)
	r := newRig(t, dispatch(func(_ *function.Invocation, _ func(*function.Result)) {
		entered <- struct{}{}
		<-gate
	}), nil)
	in := newInbox(t, r.client)
	for i := range 30 {
		require.NoError(t, r.client.PublishRequest("fn.a", in.reply(i), nil))
	}
	require.NoError(t, r.client.Flush())
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	context.AfterFunc(ctx, func() { close(gate) })
	err := r.bridge.Drain(ctx)
	var drainErr *DrainError
	require.ErrorAs(t, err, &drainErr)
	waitFor(t, "the replies", func() (bool, any) { by, _, _ := in.outcomes(); return by["canceled"] == 30, by })
	require.Equal(t, 30, drainErr.Canceled)
	require.Equal(t, uint64(30), r.bridge.Stats().Accepted+r.bridge.Stats().Late)
}

func TestCloseEndsADrain(t *testing.T) {
	h := new(holder)
	r := newRig(t, h, nil)
	in := newInbox(t, r.client)
	inFlight(t, r, h, in, 3)
	drains := make(chan error, 2)
	for range 2 {
		go func() { drains <- r.bridge.Drain(context.Background()) }()
	}
	waitFor(t, "the end of the subscription", func() (bool, any) {
		n := r.bridge.deps.Conn.NumSubscriptions()
		return n == 0, n
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, r.bridge.Drain(ctx), context.Canceled, "waits for the other drain, with its own context")

	closed := r.bridge.Close()
	for range 2 {
		var drainErr *DrainError
		err := <-drains
		require.ErrorAs(t, err, &drainErr)
		require.Equal(t, 3, drainErr.Canceled)
		require.ErrorIs(t, err, ErrClosed)
	}
	if closed != nil {
		require.ErrorIs(t, closed, ErrClosed)
	}
	waitFor(t, "the replies", func() (bool, any) { by, _, _ := in.outcomes(); return by["canceled"] == 3, by })
}

func TestCloseOfAnIdleBridge(t *testing.T) {
	r := newRig(t, dispatch(echo), nil)
	require.Equal(t, "x", string(r.call(t, "fn.a", []byte("x")).Data))
	require.NoError(t, r.bridge.Close())
	require.Zero(t, r.bridge.deps.Conn.NumSubscriptions())
	require.False(t, r.bridge.deps.Conn.IsClosed(), "the connection is the caller's")
}

// TestDrainUnderLoadLosesNothing: two bridges, one is drained while callers go
// on; no request fails.
func TestDrainUnderLoadLosesNothing(t *testing.T) {
	s := runServer(t, serverConfig(t))
	first := newRigOn(t, s, dispatch(echo), nil)
	second := newRigOn(t, s, dispatch(func(inv *function.Invocation, done func(*function.Result)) { go echo(inv, done) }), nil)
	var callers sync.WaitGroup
	begun := make(chan struct{}, 4)
	stop := make(chan struct{})
	for range 4 {
		callers.Go(func() {
			for i := 0; ; i++ {
				if i == 50 {
					begun <- struct{}{}
				}
				select {
				case <-stop:
					return
				default:
				}
				if reply, err := first.client.Request("fn.a", []byte("x"), time.Minute); err != nil || string(reply.Data) != "x" {
					t.Errorf("request %d: %v", i, err)
					return
				}
			}
		})
	}
	for range 4 {
		<-begun
	}
	require.NoError(t, second.bridge.Drain(t.Context()))
	close(stop)
	callers.Wait()
	require.Equal(t, second.bridge.Stats().Received, second.bridge.Stats().Outcomes[function.OK])
}

func TestDrainWithoutAServerEndsWithItsContext(t *testing.T) {
	cfg := serverConfig(t)
	s, err := StartServer(t.Context(), cfg)
	require.NoError(t, err)
	h := new(holder)
	r := newRigOn(t, s, h, nil)
	in := newInbox(t, r.client)
	inFlight(t, r, h, in, 2)
	require.NoError(t, s.Shutdown(t.Context()))
	waitFor(t, "the loss", func() (bool, any) { s := r.bridge.Stats(); return s.Disconnects == 1, s })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = r.bridge.Drain(ctx)
	var drainErr *DrainError
	require.ErrorAs(t, err, &drainErr)
	require.Equal(t, 2, drainErr.Canceled)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
