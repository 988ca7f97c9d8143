package actors

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// TestHammerCluster does all that a cluster asks of a pool at once, under load, and ends
// it in the middle: each call has exactly one outcome, and what a peer took has the
// peer's.
func TestHammerCluster(t *testing.T) {
	for _, drain := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) { hammerCluster(t, drain) })
	}
}

func hammerCluster(t *testing.T, drain bool) {
	t.Helper()
	const callers, each, names = 4, 400, 4
	l := &lab{script: func(r run) error {
		switch r.inv.Payload[0] % 16 {
		case 0:
			return condemn(r)
		case 1, 2, 3, 4, 5, 6:
			return async(r)
		default:
			return echo(r)
		}
	}}
	var peers sync.WaitGroup
	var p atomic.Pointer[Pool]
	var took, answeredThere atomic.Int64
	overflow := func(inv *function.Invocation, done func(*function.Result)) bool {
		if inv.ID == "hopped" {
			t.Error("hopped twice")
		}
		p.Load().Load() // deadlocks where a lock is held
		switch rand.IntN(4) {
		case 0:
			return false
		case 1:
			took.Add(1)
			done(fromPeer())
		default:
			took.Add(1)
			peers.Go(func() { done(fromPeer()) })
		}
		return true
	}
	cfg := l.config(2)
	cfg.Queue, cfg.SpillAt, cfg.MaxDedicated, cfg.Quarantine.Max = 64, 8, 2, 0
	cfg.Overflow, cfg.Dedicated = overflow, DedicatedAsked
	cfg.Elsewhere = func(_ string, inv *function.Invocation, done func(*function.Result)) bool {
		return overflow(inv, done)
	}
	pool := l.start(t, cfg)
	p.Store(pool)
	for i := range names {
		deploy(t, pool, fn(fmt.Sprint("f", i), "v0", idempotent, patient))
	}
	tl := newTally(t)
	submit := func(c, i int) {
		inv := call(fmt.Sprint("f", (c+i)%names))
		inv.Payload = []byte{byte(c*each + i)}
		via := pool.Submit
		if i%8 == 0 {
			inv.ID, via = "hopped", pool.SubmitHere
		}
		tl.wg.Add(1)
		var answers atomic.Int32
		via(inv, func(res *function.Result) {
			if answers.Add(1) > 1 {
				t.Errorf("second answer: %+v", res)
				return
			}
			if res.Receipt.Node == "n2" {
				answeredThere.Add(1)
			}
			tl.mu.Lock()
			tl.seen[res.Outcome]++
			tl.mu.Unlock()
			tl.wg.Done()
		})
	}
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				submit(c, i)
				if i%50 == 0 {
					time.Sleep(time.Millisecond) //nolint:forbidigo // the bubble's clock: let it be worked off, sometimes
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 60 {
			name := fmt.Sprint("f", i%names)
			if i%4 == 0 {
				time.Sleep(time.Millisecond) //nolint:forbidigo // the bubble's clock
			}
			switch i % 5 {
			case 0:
				_ = pool.Resize(t.Context(), []int{0, 2, 1, 0, 3}[i/5%5])
			case 1, 2:
				_ = pool.House(t.Context(), name, i%2 == 0)
			case 3:
				_ = pool.Deploy(fn(name, fmt.Sprint(i), patient, func(m *function.Manifest) {
					m.Dedicated, m.Idempotent = i%2 == 0, i%3 == 0
				}))
			case 4:
				if i%4 == 0 {
					pool.Remove(name)
				}
				_ = pool.Stats()
			}
		}
		if drain {
			require.NoError(t, pool.Resize(t.Context(), 1))
			require.NoError(t, pool.Drain(t.Context()))
		}
	})
	wg.Wait()
	require.NoError(t, pool.Close())
	seen, total := tl.all(pool), 0
	for _, n := range seen {
		total += n
	}
	peers.Wait()
	require.Equal(t, callers*each, total)
	require.Positive(t, seen[function.OK])
	st := pool.Stats()
	require.Zero(t, st.Pending)
	require.Zero(t, st.Away)
	require.Zero(t, st.Queue)
	require.EqualValues(t, took.Load(), st.Spilled)
	require.LessOrEqual(t, answeredThere.Load(), took.Load(), "some were canceled before the peer answered")
	require.Positive(t, answeredThere.Load())
	t.Logf("outcomes %v, %d taken by a peer, requeued %d, lost %d", seen, took.Load(), st.Requeued, st.Lost)
}
