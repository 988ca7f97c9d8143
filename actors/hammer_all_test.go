package actors

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// TestHammerEverything has isolates die and get stuck, functions move to isolates of
// their own and back, and the number of runtimes change, all under load: each call has
// exactly one outcome. It runs in a bubble for the sake of the back-off.
func TestHammerEverything(t *testing.T) {
	synctest.Test(t, hammerEverything)
}

func hammerEverything(t *testing.T) {
	const callers, each, names = 4, 250, 4
	// stuck hands a turn that is stuck to whoever frees it, after others got stuck.
	stuck := make(chan chan struct{}, 1000)
	var sticks atomic.Int64
	l := &lab{script: func(r run) error {
		switch string(r.inv.Payload) {
		case "condemn":
			return condemn(r)
		case "endless":
			sticks.Add(1)
			release := make(chan struct{})
			stuck <- release
			return endless(release)(r)
		case "endless later":
			r.f.later(func() error {
				sticks.Add(1)
				release := make(chan struct{})
				stuck <- release
				return endless(release)(r)
			})
			return nil
		case "async":
			return async(r)
		default:
			return echo(r)
		}
	}}
	cfg := l.config(3)
	cfg.Quarantine.Max, cfg.Queue, cfg.MaxDedicated = 0, 10_000, 3
	p := l.start(t, cfg)
	version := atomic.Int64{}
	move := func(i int) {
		v := version.Add(1)
		f := fn(fmt.Sprint("f", i%names), fmt.Sprint(v), patient, heap(function.Bytes(1+i%3)*function.GiB), func(m *function.Manifest) {
			m.Dedicated, m.Idempotent = i%3 > 0, i%2 == 0
		})
		if err := p.Deploy(f); err != nil {
			require.ErrorAs(t, err, new(*DedicatedError))
		}
	}
	for i := range names {
		move(i)
	}
	tallies := make([]*tally, callers)
	var wg sync.WaitGroup
	for c := range callers {
		tl := newTally(t)
		tallies[c] = tl
		wg.Go(func() {
			for i := range each {
				inv := call(fmt.Sprint("f", (c+i)%names))
				inv.ID = fmt.Sprintf("%d-%d", c, i)
				inv.Payload = []byte(payloadOf(c*each + i))
				tl.submit(p, inv)
				switch {
				case i%5 == 0:
					move(i + c)
				case c == 0 && i%83 == 3:
					p.Remove(fmt.Sprint("f", i%names))
				}
				if i%10 == 0 {
					tl.wg.Wait() // let it be worked off, sometimes
				}
			}
		})
	}
	wg.Go(func() {
		for _, n := range []int{1, 4, 2, 5, 3} {
			_ = p.Resize(t.Context(), n)
		}
	})
	wg.Wait()
	seen, total := map[function.Outcome]int{}, 0
	for _, tl := range tallies {
		for outcome, n := range tl.all(p) {
			seen[outcome] += n
			total += n
		}
	}
	require.Equal(t, callers*each, total)
	require.Positive(t, seen[function.OK])
	require.Positive(t, seen[function.ExceededMemory])
	require.Positive(t, seen[function.ExceededCPU])
	synctest.Wait()
	st := p.Stats()
	require.Zero(t, st.Pending)
	require.EqualValues(t, sticks.Load(), st.Stuck, "each is reported and taken")
	require.EqualValues(t, sticks.Load(), st.StuckNow)
	require.Len(t, runtimesOf(st, ""), 3, "the capacity is kept")
	for len(stuck) > 0 {
		close(<-stuck)
	}
	synctest.Wait()
	require.Zero(t, p.Stats().StuckNow)
	until(t, p, func(s Stats) bool { // whoever is in a back-off comes out of it
		return !slices.ContainsFunc(s.Runtimes, func(r RuntimeStats) bool { return r.State != StateIdle })
	})
	require.EqualValues(t, len(p.Stats().Runtimes), l.alive.Load(), "no isolate is left of the others")
	t.Logf("outcomes %v, %d isolates lost, %d of them stuck, requeued %d", seen, st.Lost, st.Stuck, st.Requeued)
}

// payloadOf says what the nth call does.
func payloadOf(n int) string {
	switch {
	case n%50 == 7:
		return "endless"
	case n%50 == 31:
		return "endless later"
	case n%40 == 13:
		return "condemn"
	case n%2 == 0:
		return "async"
	default:
		return "echo"
	}
}
