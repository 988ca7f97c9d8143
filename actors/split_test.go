package actors

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// ran notes which version each call ran on, by its id.
type ranOn struct {
	mu sync.Mutex
	on map[string][]string
}

func (n *ranOn) note(r run) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.on[r.inv.ID] = append(n.on[r.inv.ID], r.fn.Version)
}

// callAll has n calls of f answered, with ids call-0 and so on.
func callAll(t *testing.T, p *Pool, n int) {
	t.Helper()
	a := newTally(t)
	for i := range n {
		inv := call("f")
		inv.ID = fmt.Sprint("call-", i)
		a.submit(p, inv)
	}
	require.Equal(t, map[function.Outcome]int{function.OK: n}, a.all(p))
}

// The id decides which version a call runs on, each time; counters are the version's own
// and stay with it when it is promoted.
func TestSplit(t *testing.T) {
	notes := &ranOn{on: map[string][]string{}}
	l := &lab{script: func(r run) error {
		notes.note(r)
		return echo(r)
	}}
	cfg := l.config(2)
	cfg.Queue = 10_000
	p := l.start(t, cfg)
	old, candidate := fn("f", "old", patient), fn("f", "new", patient)
	deploy(t, p, old)
	require.NoError(t, p.DeploySplit(old, Split{Function: candidate, Percent: 30}))
	const n = 1000
	callAll(t, p, n)
	callAll(t, p, n)
	expected := uint64(0)
	for i := range n {
		id, version := fmt.Sprint("call-", i), "old"
		if function.InPortion(id, 30) {
			version = "new"
			expected++
		}
		require.Equal(t, []string{version, version}, notes.on[id], id)
	}
	info := p.Functions()[0]
	require.Equal(t, "old", info.Version)
	require.Equal(t, []VersionInfo{
		{Version: "old", Percent: 70, Outcomes: map[function.Outcome]uint64{function.OK: 2 * (n - expected)}},
		{Version: "new", Percent: 30, Outcomes: map[function.Outcome]uint64{function.OK: 2 * expected}},
	}, info.Versions)
	require.True(t, p.d.registry.live("f", "new"))

	deploy(t, p, candidate) // promoted
	callAll(t, p, n)
	require.Equal(t, []VersionInfo{{Version: "new", Percent: 100, Outcomes: map[function.Outcome]uint64{function.OK: 2*expected + n}}}, p.Functions()[0].Versions)
	require.Equal(t, uint64(3*n), p.Functions()[0].Outcomes[function.OK])
	require.False(t, p.d.registry.live("f", "old"))
	require.True(t, p.Remove("f"))
	require.False(t, p.d.registry.live("f", "new"))
}

func TestSplitIsRefused(t *testing.T) {
	l := &lab{script: echo}
	p := l.start(t, l.config(1))
	old := fn("f", "old")
	deploy(t, p, old)
	for what, s := range map[string]Split{
		"another function": {Function: fn("g", "new"), Percent: 10},
		"the same version": {Function: fn("f", "old"), Percent: 10},
		"nothing":          {Function: fn("f", "new")},
		"all":              {Function: fn("f", "new"), Percent: 100},
		"other isolates":   {Function: fn("f", "new", func(m *function.Manifest) { m.Dedicated = true }), Percent: 10},
	} {
		require.ErrorIs(t, p.DeploySplit(old, s), ErrSplit, what)
		require.Len(t, p.Functions()[0].Versions, 1, what)
	}
}

// Both versions of a dedicated function run on its own runtime, and a change of the split
// keeps that.
func TestSplitOfADedicatedFunction(t *testing.T) {
	notes := &ranOn{on: map[string][]string{}}
	l := &lab{script: func(r run) error {
		if r.f.spec.ID < FirstDedicated {
			return fmt.Errorf("%s ran on a shared runtime", r.fn.Version)
		}
		notes.note(r)
		return async(r)
	}}
	p := l.start(t, l.config(1))
	own := func(m *function.Manifest) { m.Dedicated = true }
	old, candidate := fn("f", "old", own, patient), fn("f", "new", own, patient)
	deploy(t, p, old)
	callAll(t, p, 50)
	require.NoError(t, p.DeploySplit(old, Split{Function: candidate, Percent: 50}))
	callAll(t, p, 50)
	require.NoError(t, p.DeploySplit(candidate, Split{Function: old, Percent: 1}))
	callAll(t, p, 50)
	require.Equal(t, int64(2), l.made.Load(), "one shared isolate, one of its own")
	seen := map[string]bool{}
	for _, versions := range notes.on {
		require.Len(t, versions, 3)
		for _, v := range versions {
			seen[v] = true
		}
	}
	require.Equal(t, map[string]bool{"old": true, "new": true}, seen)
}

// A call that is run again after a crash stays on its version, while the split changes.
func TestSplitKeepsAnAttempt(t *testing.T) {
	notes := &ranOn{on: map[string][]string{}}
	crash := make(chan struct{}, 1)
	l := &lab{}
	l.script = func(r run) error {
		notes.note(r)
		if r.inv.ID == "culprit" {
			return condemn(r)
		}
		if r.inv.Attempt > 1 {
			return echo(r)
		}
		crash <- struct{}{}
		return park(r)
	}
	p := l.start(t, l.config(1))
	old, candidate := fn("f", "old", patient, idempotent), fn("f", "new", patient, idempotent)
	require.NoError(t, p.DeploySplit(old, Split{Function: candidate, Percent: 50}))
	inv := call("f")
	inv.ID = "call-0"
	answer := ask(t, p, inv)
	<-crash
	first := notes.on["call-0"][0]
	other := map[string]Split{"old": {Function: candidate, Percent: 99.99}, "new": {Function: candidate, Percent: 0.01}}
	require.NoError(t, p.DeploySplit(old, other[first]))
	culprit := call("f")
	culprit.ID = "culprit"
	require.Equal(t, function.ExceededMemory, take(t, p, ask(t, p, culprit)).Outcome)
	require.Equal(t, function.OK, take(t, p, answer).Outcome)
	require.Equal(t, []string{first, first}, notes.on["call-0"])
}
