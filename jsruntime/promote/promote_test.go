package promote_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/isolane/isolane/jsruntime/promote"
)

func TestDecide(t *testing.T) {
	p := promote.DefaultPolicy()
	for name, c := range map[string]struct {
		state promote.State
		heavy bool
	}{
		"a cold start is light":               {promote.State{}, false},
		"what it needs is missing":            {promote.State{Pinned: true}, true},
		"it has computed little":              {promote.State{Light: 1, Spent: p.Spent - 1, Calls: 1000}, false},
		"it has computed enough":              {promote.State{Light: 1, Spent: p.Spent, Calls: 1}, true},
		"it was dropped since":                {promote.State{Spent: time.Hour, Calls: 1000}, false},
		"it is there already":                 {promote.State{Heavy: 1}, true},
		"many calls at once":                  {promote.State{Light: 4, Busy: 4}, true},
		"many instances, few in use":          {promote.State{Light: 9, Busy: 3}, false},
		"fresh, the first":                    {promote.State{Fresh: true}, false},
		"fresh, short calls however many":     {promote.State{Fresh: true, Spent: time.Hour, Calls: 1 << 30}, false},
		"fresh, long calls":                   {promote.State{Fresh: true, Spent: 2 * time.Millisecond, Calls: 2}, true},
		"fresh, busy is not a matter of it":   {promote.State{Fresh: true, Busy: 100}, false},
		"fresh, and what it needs is missing": {promote.State{Fresh: true, Pinned: true}, true},
	} {
		require.Equal(t, c.heavy, promote.Decide(p, c.state), name)
	}
}

// More time spent never makes a function light again, and without any it starts light.
func TestDecideIsMonotonic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := promote.State{
			Fresh: rapid.Bool().Draw(t, "fresh"), Light: rapid.IntRange(0, 9).Draw(t, "light"), Calls: rapid.IntRange(0, 100).Draw(t, "calls"),
			Spent: time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "spent")),
		}
		s.Busy = rapid.IntRange(0, s.Light).Draw(t, "busy")
		p := promote.Policy{Spent: time.Duration(rapid.Int64Range(1, int64(time.Second)).Draw(t, "budget")), Call: time.Millisecond, Busy: rapid.IntRange(1, 9).Draw(t, "most")}
		more := s
		more.Spent += time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "more"))
		if promote.Decide(p, s) && !promote.Decide(p, more) {
			t.Fatalf("%+v is heavy and %+v is not", s, more)
		}
		s.Spent, s.Busy = 0, 0
		if promote.Decide(p, s) {
			t.Fatalf("%+v has done nothing and is heavy", s)
		}
	})
}
