package stream

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The agenda against a map of all that there is: what is due is found, in its order, however
// little of it is known at a time; what is not known is looked for before it is due.
func TestAgendaModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(2, 20).Draw(t, "most")
		g := newAgenda(most)
		all := map[string]appointment{} // as the bucket has them
		now := int64(0)
		number := uint64(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			key := string(rune('a' + rapid.IntRange(0, 25).Draw(t, "key")))
			switch rapid.IntRange(0, 3).Draw(t, "do") {
			case 0, 1:
				number++
				a := appointment{key: key, number: number, at: now + int64(rapid.IntRange(-10_000, 60_000).Draw(t, "in"))}
				all[key] = a
				g.put(a)
			case 2:
				delete(all, key)
				g.remove(key)
			case 3:
				now += int64(rapid.IntRange(0, 30_000).Draw(t, "pass"))
			}
			for { // what is due comes, the earliest first
				if g.partial(time.UnixMilli(now)) {
					g.anew()
					for _, a := range all {
						g.put(a)
					}
				}
				a, ok := g.pop(time.UnixMilli(now))
				if !ok {
					break
				}
				require.Equal(t, all[a.key].number, a.number)
				for _, other := range all {
					require.GreaterOrEqual(t, other.at, a.at, "%s comes before %s", a.key, other.key)
				}
				delete(all, a.key)
			}
			for key, a := range all {
				require.Greater(t, a.at, now, "%s is overdue", key)
				if known := g.of(key); known != nil {
					require.Equal(t, a.number, known.number)
				} else {
					require.LessOrEqual(t, g.beyond, a.at, "%s is forgotten", key)
				}
				require.LessOrEqual(t, min(g.next(), g.beyond), a.at)
			}
			require.LessOrEqual(t, len(g.queue), most)
			require.Len(t, g.by, len(g.queue))
			for i, a := range g.queue {
				require.Equal(t, i, a.index)
			}
			require.Greater(t, g.next(), now)
		}
	})
}
