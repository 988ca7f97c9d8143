package actors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// TestNoCallsWaitForEver: whichever functions call which, one after another or at once, with timers
// besides or without, and with whatever limits, all calls have an answer long before their
// deadline, and only where they may call in a ring is one refused.
func TestNoCallsWaitForEver(t *testing.T) {
	refusals := 0
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			v := newVillage(t, rand.New(rand.NewPCG(seed, 7)), seed%2 == 0) //nolint:gosec // a test
			began := time.Now()
			tl := newTally(t)
			for n := range 12 {
				inv := call(fmt.Sprint("f", v.rng.IntN(villagers)))
				inv.ID = fmt.Sprint(n)
				tl.submit(v.p, inv)
			}
			<-time.After(time.Minute) // a call lasts an hour
			require.Zero(t, v.p.Stats().Pending, "seed %d: calls wait: %s, with %v", seed, whoWaits(v.p.d), v.calls)
			all := tl.all(v.p)
			require.Equal(t, time.Minute, time.Since(began))
			require.Equal(t, 12, all[function.OK], "seed %d", seed)
			if !v.ring {
				require.Zero(t, v.refused.Load(), "seed %d: %v", seed, v.calls)
			}
			require.EqualValues(t, v.refused.Load(), v.p.Stats().Knotted, "seed %d", seed)
			refusals += int(v.refused.Load())
		})
	}
	t.Logf("%d calls were refused", refusals)
	require.Greater(t, refusals, 30, "rings are rare")
}

// A village are functions that call each other.
type village struct {
	p    *Pool
	rng  *rand.Rand
	ring bool
	// calls are whom each function calls, and atOnce those that call all of them at once.
	calls   map[string][]string
	atOnce  map[string]bool
	timers  map[string]time.Duration // what runs beside the calls of a function
	refused atomic.Int32
}

const (
	villagers   = 4
	villageHops = 3
)

func newVillage(t *testing.T, rng *rand.Rand, ring bool) *village {
	t.Helper()
	v := &village{rng: rng, ring: ring, calls: map[string][]string{}, atOnce: map[string]bool{}, timers: map[string]time.Duration{}}
	l := &lab{script: v.script}
	for i := range villagers {
		name := fmt.Sprint("f", i)
		for j := range villagers {
			if (ring || j > i) && rng.IntN(2) == 0 {
				v.calls[name] = append(v.calls[name], fmt.Sprint("f", j))
			}
		}
		v.atOnce[name] = rng.IntN(3) == 0
		if rng.IntN(3) == 0 {
			v.timers[name] = time.Duration(rng.IntN(200)) * time.Millisecond
		}
	}
	v.p = l.start(t, l.config(1+rng.IntN(2)))
	for i := range villagers {
		deploy(t, v.p, fn(fmt.Sprint("f", i), "v1", patient, inflight(1+rng.IntN(2))))
	}
	return v
}

// script has a function make its calls, and answer when all that it began has ended.
func (v *village) script(r run) error {
	next := v.calls[r.inv.Function]
	if r.inv.Depth == villageHops {
		next = nil
	}
	made, open := 0, 0
	var step func() error
	ended := func() error {
		if open--; open == 0 && made == len(next) {
			r.done(okay())
			return nil
		}
		if !v.atOnce[r.inv.Function] {
			return step()
		}
		return nil
	}
	step = func() error {
		for made < len(next) && (v.atOnce[r.inv.Function] || len(r.f.awaited[r.inv]) == 0) {
			made++
			open++
			n, child := made, v.child(r.inv, next[made-1], made)
			r.f.await(r.inv, n, false)
			v.p.Submit(child, func(res *function.Result) {
				if res.Outcome == function.Overloaded {
					v.refused.Add(1)
				}
				r.f.now(func() error {
					r.f.await(r.inv, n, true)
					return ended()
				})
			})
		}
		return nil
	}
	if wait := v.timers[r.inv.Function]; wait > 0 {
		open++
		r.f.others[r.inv]++
		time.AfterFunc(wait, func() {
			r.f.now(func() error {
				r.f.others[r.inv]--
				return ended()
			})
		})
	}
	if err := step(); err != nil || open > 0 {
		return err
	}
	return echo(r)
}

func (v *village) child(parent *function.Invocation, name string, n int) *function.Invocation {
	child := inside(name, parent.ID, n)
	child.Header = function.Header{"callers": append(slices.Clone(parent.Header["callers"]), parent.Function)}
	child.Recursive = slices.Contains(child.Header["callers"], name)
	return child
}

// whoWaits says what is in flight, and what is queued.
func whoWaits(d *dispatcher) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var b strings.Builder
	for _, s := range d.slots {
		fmt.Fprintf(&b, "runtime %d:", s.id)
		for t := s.running.head; t != nil; t = s.running.next(t) {
			fmt.Fprintf(&b, " %s=%s%v", t.inv.ID, t.rec.name, s.requests[t.inv])
		}
		b.WriteString("; ")
	}
	b.WriteString("queued:")
	for t := d.queue.oldest(); t != nil; t = d.queue.all.next(t) {
		fmt.Fprintf(&b, " %s=%s", t.inv.ID, t.rec.name)
		if t.inv.Recursive {
			b.WriteString("(recursive)")
		}
	}
	return b.String()
}
