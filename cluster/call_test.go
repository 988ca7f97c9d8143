package cluster

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cluster/clustertest"
)

func TestCallRunsTheHandlerOfAnotherMember(t *testing.T) {
	h := newHub()
	a, b := member(t, h, "a", nil), member(t, h, "b", nil)
	see(t, a, b)
	for _, to := range []string{"a", "b"} {
		r := call(t, a, to, "echo", "hi")
		require.NoError(t, r.err)
		require.Equal(t, "a:hi", string(r.body))
	}
	require.EqualValues(t, 1, a.Stats().CalledOut)
	require.EqualValues(t, 1, b.Stats().CalledIn)
}

func TestCallEnds(t *testing.T) {
	h := newHub()
	b := member(t, h, "b", func(_ *Config, d *Deps) {
		d.Handlers["fail"] = func(_ context.Context, _ Request, reply func([]byte, error)) { reply(nil, errors.New("broken")) }
		d.Handlers["refuse"] = func(_ context.Context, _ Request, reply func([]byte, error)) {
			reply(nil, &RefusedError{Message: "full", RetryAfter: time.Second})
		}
		d.Handlers["panic"] = func(context.Context, Request, func([]byte, error)) { panic("oops") }
		d.Handlers["twice"] = func(_ context.Context, _ Request, reply func([]byte, error)) {
			reply([]byte("first"), nil)
			reply([]byte("second"), nil)
		}
	})
	a := member(t, h, "a", nil)
	see(t, a, b)
	var refused *RefusedError
	var remote *RemoteError
	for _, to := range []string{"b", "a"} {
		if to == "a" {
			for _, kind := range []string{"fail", "refuse", "panic", "twice"} {
				a.Handle(kind, b.handler(kind))
			}
		}
		require.ErrorAs(t, call(t, a, to, "fail", "").err, &remote)
		require.Equal(t, "broken", remote.Message)
		require.ErrorAs(t, call(t, a, to, "refuse", "").err, &refused)
		require.Equal(t, RefusedError{Message: "full", RetryAfter: time.Second}, *refused)
		require.ErrorAs(t, call(t, a, to, "panic", "").err, &remote)
		require.ErrorAs(t, call(t, a, to, "nobody", "").err, &refused)
		r := call(t, a, to, "twice", "")
		require.NoError(t, r.err)
		require.Equal(t, "first", string(r.body))
	}
	require.ErrorIs(t, call(t, a, "nobody", "echo", "").err, ErrNotDelivered)
	require.Equal(t, 0, a.Stats().Pending+b.Stats().Serving)
}

func TestDeadlineAndCancelTravel(t *testing.T) {
	h := newHub()
	ended := make(chan error, 1)
	left := make(chan time.Duration, 1)
	b := member(t, h, "b", func(_ *Config, d *Deps) {
		d.Handlers["wait"] = func(ctx context.Context, _ Request, reply func([]byte, error)) {
			if d, ok := ctx.Deadline(); ok {
				left <- time.Until(d)
			} else {
				left <- 0
			}
			go func() {
				<-ctx.Done()
				ended <- context.Cause(ctx)
				reply(nil, ctx.Err())
			}()
		}
	})
	a := member(t, h, "a", nil)
	see(t, a, b)

	ctx, cancel := context.WithCancel(context.Background())
	ends := make(chan result, 1)
	a.Call(ctx, "b", "wait", nil, func(b []byte, err error) { ends <- result{b, err} })
	require.Zero(t, await(t, left))
	cancel()
	require.ErrorIs(t, await(t, ends).err, context.Canceled)
	require.ErrorIs(t, await(t, ended), callerGoneError{})

	ctx, cancel = context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	a.Call(ctx, "b", "wait", nil, func(b []byte, err error) { ends <- result{b, err} })
	d := await(t, left)
	require.True(t, d > 0 && d <= 2*time.Second, d)
	require.ErrorIs(t, await(t, ends).err, context.DeadlineExceeded)
	require.Error(t, await(t, ended))
}

// What is advertised must be where the member is: it looks for itself.
func TestAWrongAddressIsSaid(t *testing.T) {
	var log clustertest.Log
	member(t, newHub(), "a", func(cfg *Config, d *Deps) {
		cfg.Remote.Advertise = "127.0.0.1:1"
		d.Logger = log.Logger()
	})
	log.Await(t, "does not reach itself")
	log.Await(t, "cluster.remoteAdvertise")
}

func TestEachCallEndsOnceUnderLoad(t *testing.T) {
	h := newHub()
	a, b := member(t, h, "a", nil), member(t, h, "b", nil)
	see(t, a, b)
	const callers, each = 8, 200
	var wg sync.WaitGroup
	var mu sync.Mutex
	ends := map[int]int{}
	for g := range callers {
		wg.Go(func() {
			for i := range each {
				key := g*each + i
				ctx, cancel := context.WithCancel(context.Background())
				done := make(chan struct{}, 2)
				a.Call(ctx, "b", "echo", []byte("x"), func([]byte, error) {
					mu.Lock()
					ends[key]++
					mu.Unlock()
					done <- struct{}{}
				})
				if i%7 == 0 {
					cancel()
				}
				<-done
				cancel()
			}
		})
	}
	wg.Wait()
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, ends, callers*each)
	for k, n := range ends {
		require.Equal(t, 1, n, k)
	}
}
