package cluster

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cluster/lease"
)

// Finding 4: an id that was gone is blocked for ever and is not told.
func TestFinding04AMemberThatWasGoneComesBackUnderAnotherID(t *testing.T) {
	h := newHub()
	store := &lease.Memory{}
	log := &activations{}
	way := &cutStore{Store: store} // c's
	a, b, c := member(t, h, "a", grainy(log, store)), member(t, h, "b", grainy(log, store)), member(t, h, "c", grainy(log, way))
	see(t, a, b, c)
	ids := identities(30)
	for _, m := range []*Cluster{a, b, c} {
		m.Keep("counter", ids)
	}
	eventually(t, "every grain is active once", func() (bool, any) { return log.once(ids) })
	before := c.node.Load().id

	h.split([]string{"a", "b"}, []string{"c"})
	require.NoError(t, tell(t, c, mine(c, ids), "").err, "c holds its leases still, so nobody else serves what it does")
	way.down.Store(true)
	eventually(t, "the others take over", func() (bool, any) {
		return a.grains.active()+b.grains.active() >= len(ids), fmt.Sprint(a.grains.active(), b.grains.active())
	})
	require.ErrorIs(t, call(t, a, "c", "echo", "").err, ErrNotDelivered)

	way.down.Store(false)
	h.split()
	see(t, a, b, c)
	require.NotEqual(t, before, c.node.Load().id)
	require.EqualValues(t, 1, c.Stats().Fenced)
	eventually(t, "no identity twice", func() (bool, any) {
		total := a.grains.active() + b.grains.active() + c.grains.active()
		ok, state := log.once(ids)
		return ok && total == len(ids), state
	})
	for _, from := range []*Cluster{a, b, c} {
		for _, to := range []string{"a", "b", "c"} {
			require.NoError(t, call(t, from, to, "echo", "").err, "%s to %s", from.cfg.Name, to)
		}
	}
	require.Zero(t, log.overlaps(), "two held the token of one identity at once")
}

func TestAFrozenMemberServesNothingBeforeItBeginsAnew(t *testing.T) {
	h := newHub()
	a, b := member(t, h, "a", nil), member(t, h, "b", nil)
	see(t, a, b)
	before := b.node.Load().id
	// As if the last beat were long ago; the next look puts it right, so first the
	// check itself, then the watch's.
	b.pulse.Store(int64(time.Since(b.began) - 2*b.cfg.FreezeBound))
	b.fence.need(before, "frozen")
	err := call(t, a, "b", "echo", "").err
	var refused *RefusedError
	require.True(t, errors.As(err, &refused) || errors.Is(err, ErrNoAnswer) || errors.Is(err, ErrNotDelivered), "%v", err)
	eventually(t, "b has another id", func() (bool, any) { n := b.node.Load(); return n != nil && n.id != before, b.Stats() })
	see(t, a, b)
	require.NoError(t, call(t, a, "b", "echo", "").err)
	require.NoError(t, call(t, b, "a", "echo", "").err)
}

func TestCallsInFlightEndTruthfullyAtAFence(t *testing.T) {
	h := newHub()
	a := member(t, h, "a", nil)
	gone := make(chan error, 1)
	in := make(chan struct{}, 2)
	slow := func(ctx context.Context, _ Request, reply func([]byte, error)) {
		in <- struct{}{}
		go func() {
			<-ctx.Done()
			gone <- ctx.Err()
			reply(nil, ctx.Err())
		}()
	}
	quick := make(chan struct{})
	b := member(t, h, "b", func(cfg *Config, d *Deps) {
		cfg.FenceGrace = 2 * time.Second
		d.Handlers["slow"] = slow
		d.Handlers["quick"] = func(_ context.Context, _ Request, reply func([]byte, error)) {
			in <- struct{}{}
			go func() {
				<-quick
				reply([]byte("made it"), nil)
			}()
		}
	})
	see(t, a, b)
	slowEnd, quickEnd := make(chan result, 1), make(chan result, 1)
	a.Call(context.Background(), "b", "slow", nil, func(b []byte, err error) { slowEnd <- result{b, err} })
	a.Call(context.Background(), "b", "quick", nil, func(b []byte, err error) { quickEnd <- result{b, err} })
	await(t, in)
	await(t, in)
	b.fence.need(b.node.Load().id, "a test says so")
	close(quick)
	r := await(t, quickEnd)
	require.NoError(t, r.err, "what ends within the grace is answered")
	require.Equal(t, "made it", string(r.body))
	require.ErrorIs(t, await(t, slowEnd).err, ErrNoAnswer)
	require.Error(t, await(t, gone))
	see(t, a, b)
}

// mine is one of the identities that c owns.
func mine(c *Cluster, ids []string) string {
	for _, id := range ids {
		if _, local, _ := c.Owner("counter", id); local {
			return id
		}
	}
	return ""
}
