package actors

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestPolicyWords(t *testing.T) {
	for p := Pull; p <= Random; p++ {
		got, err := ParsePolicy(p.String())
		require.NoError(t, err)
		require.Equal(t, p, got)
	}
	_, err := ParsePolicy("fastest")
	require.ErrorIs(t, err, ErrConfig)
	require.ErrorContains(t, err, "use pull, hash, round-robin or random")
	require.Equal(t, "policy(9)", Policy(9).String())
}

func TestPolicyIndex(t *testing.T) {
	const n, calls = 5, 5000
	for _, p := range []Policy{Hash, RoundRobin, Random} {
		seen := make([]int, n)
		for i := range uint64(calls) {
			at := p.index(fmt.Sprint("f", i), n, i, i*0x9e3779b97f4a7c15>>8)
			seen[at]++
			if p == Hash {
				require.Equal(t, at, p.index(fmt.Sprint("f", i), n, i+7, 99), "a function has one runtime")
			}
		}
		for _, got := range seen {
			require.InDelta(t, calls/n, got, calls/n/5, "%s: %v", p, seen)
		}
	}
	require.Equal(t, []int{0, 1, 2, 0}, []int{
		RoundRobin.index("f", 3, 0, 7), RoundRobin.index("g", 3, 1, 7), RoundRobin.index("f", 3, 2, 7), RoundRobin.index("f", 3, 3, 7),
	})
}

// whereabouts runs calls of functions through two runtimes, of which the second is in an
// endless turn, and returns how many the first one ran.
func whereabouts(t *testing.T, p Policy) int {
	t.Helper()
	cfg := quietConfig()
	cfg.Policy = p
	b := newBench(t, 2, cfg)
	b.slots[1].turn.Store(true)
	for i := range 20 {
		require.NoError(t, b.d.deploy(fn(fmt.Sprint("f", i), "1", patient)))
		require.Nil(t, b.submit(fmt.Sprint("f", i)))
	}
	ran := 0
	for b.turn(b.slots[0], time.Millisecond) != "" {
		ran++
	}
	return ran
}

// TestOnlyPullWaitsForNobody: what was given to a busy runtime waits for it, though
// another one is free.
func TestOnlyPullWaitsForNobody(t *testing.T) {
	require.Equal(t, 20, whereabouts(t, Pull))
	require.Equal(t, 10, whereabouts(t, RoundRobin))
	for _, p := range []Policy{Hash, Random} {
		got := whereabouts(t, p)
		require.Greater(t, got, 1, p.String())
		require.Less(t, got, 19, p.String())
	}
}

// TestWhatWaitsForARuntimeIsNotLostWithIt: when it drains, the others have it; and what
// comes while there is none is given one when there is.
func TestWhatWaitsForARuntimeIsNotLostWithIt(t *testing.T) {
	for _, p := range []Policy{Hash, RoundRobin, Random} {
		cfg := quietConfig()
		cfg.Policy = p
		b := newBench(t, 3, cfg, fn("f", "1", patient), fn("g", "1", patient))
		for range 30 {
			require.Nil(t, b.submit("f"))
			require.Nil(t, b.submit("g"))
		}
		b.d.retire(b.slots[2])
		b.d.retire(b.slots[1])
		ran := 0
		for b.turn(b.slots[0], time.Millisecond) != "" {
			ran++
		}
		require.Equal(t, 60, ran, p.String())
		b.d.retire(b.slots[0])
		for _, s := range b.slots {
			b.d.forget(s, nil)
		}
		late := newSlot(9)
		require.NotNil(t, b.submit("f"), "there is no runtime, and nobody else")
		b.d.add(late)
		require.Nil(t, b.submit("f"))
		b.d.begin(late)
		b.d.ready(late, nil, nil)
		require.Equal(t, "f", b.turn(late, time.Millisecond))
	}
}

// TestPoliciesWithRuntimes: each policy answers everything, with runtimes that crash.
func TestPoliciesWithRuntimes(t *testing.T) {
	for p := Pull; p <= Random; p++ {
		l := &lab{script: func(r run) error {
			if r.inv.Function == "bad" {
				return condemn(r)
			}
			return async(r)
		}}
		cfg := l.config(3)
		cfg.Policy, cfg.Queue, cfg.Quarantine.Max = p, 10_000, 0
		pool := l.start(t, cfg)
		deploy(t, pool, fn("bad", "1", patient))
		good := newTally(t)
		for i := range 8 {
			deploy(t, pool, fn(fmt.Sprint("f", i), "1", idempotent, patient))
		}
		for i := range 400 {
			if i%100 == 0 {
				good.submit(pool, call("bad"))
			}
			good.submit(pool, call(fmt.Sprint("f", i%8)))
		}
		seen := good.all(pool)
		require.Equal(t, 4, seen[function.ExceededMemory], "%s: %v", p, seen)
		require.Equal(t, 400, seen[function.OK]+seen[function.Crashed], "%s: %v", p, seen)
		require.Positive(t, seen[function.OK])
	}
}
