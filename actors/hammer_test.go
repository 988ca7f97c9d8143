package actors

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// TestHammerForLostWakes submits in short bursts and waits for each to be answered:
// with nothing following, a wake that is lost leaves its invocation for ever.
func TestHammerForLostWakes(t *testing.T) {
	const goroutines, bursts, size = 6, 60, 5
	for _, c := range []struct {
		name                         string
		runtimes, maxInflight, perFn int
	}{{"one runtime", 1, 2, 1}, {"two", 2, 1000, 1000}, {"tight", 3, 2, 1}} {
		t.Run(c.name, func(t *testing.T) {
			l := &lab{script: func(r run) error {
				if r.inv.Payload[0]%3 == 0 {
					return echo(r)
				}
				return async(r)
			}}
			cfg := l.config(c.runtimes)
			cfg.MaxInflight = c.maxInflight
			p := l.start(t, cfg)
			for f := range 3 {
				deploy(t, p, fn(fmt.Sprintf("f%d", f), "v1", inflight(c.perFn)))
			}
			var wg sync.WaitGroup
			for g := range goroutines {
				wg.Go(func() {
					for b := range bursts {
						tl := newTally(t)
						for i := range size {
							inv := call(fmt.Sprintf("f%d", (g+b+i)%3))
							inv.Payload = []byte{byte(g + b*i)}
							tl.submit(p, inv)
						}
						if seen := tl.all(p); seen[function.OK] != size {
							t.Errorf("outcomes %v", seen)
						}
					}
				})
			}
			wg.Wait()
			// The last answer goes out before the end of the turn it was given in.
			until(t, p, func(s Stats) bool {
				for _, r := range s.Runtimes {
					if r.State != StateIdle || r.Inflight != 0 {
						return false
					}
				}
				return s.Queue == 0 && s.Pending == 0
			})
			require.EqualValues(t, goroutines*bursts*size, p.Stats().Accepted)
		})
	}
}
