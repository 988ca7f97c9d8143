package cluster

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cluster/gossip"
)

// silent makes b's front actor stand still until the returned function is called: what a
// peer looks like that is there and does not answer.
func silent(t *testing.T, a, b *Cluster) (resume func()) {
	t.Helper()
	in, out := make(chan struct{}), make(chan struct{})
	// What waits for a connection when its time is over is not sent at all.
	eventually(t, "they are connected", func() (bool, any) {
		err := call(t, a, b.cfg.Name, pingKind, "").err
		return err == nil, err
	})
	b.Handle("block", func(_ context.Context, _ Request, reply func([]byte, error)) {
		close(in)
		<-out
		reply(nil, nil)
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	a.Call(ctx, b.cfg.Name, "block", nil, func([]byte, error) { close(done) })
	await(t, in)
	cancel()
	await(t, done)
	return func() { close(out) }
}

func TestASilentPeerCostsOneTimeout(t *testing.T) {
	h := newHub()
	fast := func(cfg *Config, _ *Deps) {
		cfg.AcceptTimeout, cfg.Breaker.Open = time.Second, 300*time.Millisecond
	}
	a, b := member(t, h, "a", fast), member(t, h, "b", nil)
	see(t, a, b)
	resume := silent(t, a, b)

	// Fifty wait at once: all end with the first timeout.
	ends := make(chan result, 50)
	for range cap(ends) {
		a.Call(context.Background(), "b", "echo", nil, func(b []byte, err error) { ends <- result{b, err} })
	}
	for range cap(ends) {
		require.ErrorIs(t, await(t, ends).err, ErrNoAnswer)
	}
	require.GreaterOrEqual(t, a.Stats().NoAnswer, uint64(50)) // and a probe, on a busy machine
	// From now on nobody waits.
	require.ErrorIs(t, call(t, a, "b", "echo", "").err, ErrNotDelivered)
	require.NotZero(t, a.Stats().BreakerOpen)
	require.Equal(t, "open", a.Stats().Breakers["b"])

	// The member's own probe closes the breaker again; what was sent meanwhile is late.
	resume()
	eventually(t, "the breaker closes", func() (bool, any) { s := a.Stats(); return s.Breakers["b"] == "closed", s })
	require.NoError(t, call(t, a, "b", "echo", "").err)
	eventually(t, "late answers are counted", func() (bool, any) { s := a.Stats(); return s.Late >= 50, s })
}

func TestACancelledCallDoesNotOpenTheBreaker(t *testing.T) {
	h := newHub()
	a, b := member(t, h, "a", nil), member(t, h, "b", nil)
	see(t, a, b)
	resume := silent(t, a, b)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, callCtx(ctx, t, a, "b", "echo", "").err, context.DeadlineExceeded)
	require.Equal(t, "closed", a.Stats().Breakers["b"])
	resume()
	require.NoError(t, call(t, a, "b", "echo", "").err)
}

func TestPendingCallsEndWhenThePeerIsGone(t *testing.T) {
	for name, kill := range map[string]func(h *hub, b *Cluster){
		"declared dead":     func(h *hub, _ *Cluster) { h.set("b", gossip.StateDead) },
		"another system id": func(h *hub, _ *Cluster) { h.lie("b", func(i *gossip.Info) { i.SystemID = "other" }) },
		"connection lost":   func(_ *hub, b *Cluster) { b.remote.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub()
			started := make(chan struct{})
			a := member(t, h, "a", nil)
			b := member(t, h, "b", func(_ *Config, d *Deps) {
				d.Handlers["never"] = func(ctx context.Context, _ Request, reply func([]byte, error)) {
					close(started)
					context.AfterFunc(ctx, func() { reply(nil, ctx.Err()) })
				}
			})
			see(t, a, b)
			ends := make(chan result, 1)
			a.Call(context.Background(), "b", "never", nil, func(b []byte, err error) { ends <- result{b, err} })
			await(t, started)
			kill(h, b)
			require.ErrorIs(t, await(t, ends).err, ErrNoAnswer)
		})
	}
}

func TestWhoCannotBeCalledIsSaid(t *testing.T) {
	h := newHub()
	a, b := member(t, h, "a", nil), member(t, h, "b", nil)
	see(t, a, b)
	for _, c := range []struct {
		want   string
		change func()
	}{
		{"another version of the wire", func() { h.lie("b", func(i *gossip.Info) { i.Wire = Wire + 1 }) }},
		{"is left", func() { h.set("b", gossip.StateLeft) }},
	} {
		c.change()
		eventually(t, c.want, func() (bool, any) {
			err := call(t, a, "b", "echo", "").err
			return errors.Is(err, ErrNotDelivered) && strings.Contains(err.Error(), c.want), err
		})
	}
}

func TestBoundsAreHeld(t *testing.T) {
	h := newHub()
	a := member(t, h, "a", func(cfg *Config, _ *Deps) { cfg.MaxPending = 2 })
	b := member(t, h, "b", func(cfg *Config, d *Deps) {
		cfg.MaxServing = 1
		d.Handlers["hold"] = func(ctx context.Context, _ Request, reply func([]byte, error)) {
			context.AfterFunc(ctx, func() { reply(nil, ctx.Err()) })
		}
	})
	see(t, a, b)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ends := make(chan result, 2)
	for range 2 {
		a.Call(ctx, "b", "hold", nil, func(b []byte, err error) { ends <- result{b, err} })
	}
	// One of the two runs, the other is over b's bound.
	var refused *RefusedError
	require.ErrorAs(t, await(t, ends).err, &refused)
	a.Call(ctx, "b", "hold", nil, func(b []byte, err error) { ends <- result{b, err} })
	a.Call(ctx, "b", "hold", nil, func(b []byte, err error) { ends <- result{b, err} })
	for range 2 {
		err := await(t, ends).err
		require.True(t, errors.Is(err, ErrNotDelivered) || errors.As(err, &refused), err)
	}
	cancel()
	require.ErrorIs(t, await(t, ends).err, context.Canceled)
}

func TestTooLargeIsRefusedBeforeItIsSent(t *testing.T) { // finding 7
	h := newHub()
	small := func(cfg *Config, d *Deps) {
		cfg.Remote.MaxMessage = 100_000
		d.Handlers["grow"] = func(_ context.Context, _ Request, reply func([]byte, error)) { reply(make([]byte, 200_000), nil) }
	}
	a, b := member(t, h, "a", small), member(t, h, "b", small)
	see(t, a, b)
	var large *TooLargeError
	for _, to := range []string{"a", "b"} {
		require.ErrorAs(t, call(t, a, to, "echo", strings.Repeat("x", 100_001)).err, &large)
		require.Equal(t, 100_000, large.Limit)
	}
	var remote *RemoteError
	require.ErrorAs(t, call(t, a, "b", "grow", "").err, &remote)
	require.Contains(t, remote.Message, "over the limit")
	// The stream is still the same.
	require.NoError(t, call(t, a, "b", "echo", strings.Repeat("x", 90_000)).err)
}

func TestSpill(t *testing.T) {
	h := newHub()
	goOn := make(chan struct{})
	release := sync.OnceFunc(func() { close(goOn) })
	t.Cleanup(release)
	held := func(_ *Config, d *Deps) {
		d.Handlers["hold"] = func(_ context.Context, _ Request, reply func([]byte, error)) {
			go func() { <-goOn; reply(nil, nil) }()
		}
		d.Handlers["refuse"] = func(_ context.Context, _ Request, reply func([]byte, error)) {
			reply(nil, &RefusedError{Message: "full"})
		}
	}
	a, b, c := member(t, h, "a", nil), member(t, h, "b", held), member(t, h, "c", client)
	see(t, a, b, c)
	done := func([]byte, error) { t.Error("done was called") }
	require.False(t, a.Spill(context.Background(), "echo", nil, done), "no load was heard")
	b.SetLoad(gossip.Load{Room: 2})
	c.SetLoad(gossip.Load{Room: 100}) // a client gets none
	a.SetLoad(gossip.Load{Room: 100}) // nor does this member itself
	ends := make(chan result, 2)
	for range 2 {
		require.True(t, a.Spill(context.Background(), "hold", nil, func(b []byte, err error) { ends <- result{b, err} }))
	}
	require.False(t, a.Spill(context.Background(), "echo", nil, done), "the room is used up")
	release()
	for range 2 {
		require.NoError(t, await(t, ends).err)
	}
	for range 5 { // room comes back with each that ends, though b reports nothing new
		require.True(t, a.Spill(context.Background(), "echo", []byte("x"), func(b []byte, err error) { ends <- result{b, err} }))
		require.NoError(t, await(t, ends).err)
	}
	for range 2 { // but not with those that show that there is none
		require.True(t, a.Spill(context.Background(), "refuse", nil, func(b []byte, err error) { ends <- result{b, err} }))
		require.Error(t, await(t, ends).err)
	}
	require.False(t, a.Spill(context.Background(), "echo", nil, done), "b has refused as many as it said it has room for")
	require.EqualValues(t, 9, a.Stats().SpilledOut)
	b.SetLoad(gossip.Load{Room: 1})
	require.NoError(t, b.Drain(context.Background()))
	eventually(t, "a draining member gets none", func() (bool, any) {
		return !a.Spill(context.Background(), "echo", nil, func([]byte, error) {}), a.Stats()
	})
}
