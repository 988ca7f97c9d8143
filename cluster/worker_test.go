package cluster

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Members agree on whom an identity belongs to; one that joins takes its share from all, and who
// is excepted, drains or only looks on has none.
func TestWorker(t *testing.T) {
	h := newHub()
	a := member(t, h, "a", nil)
	const n = 300
	of := func(c *Cluster, except ...string) map[string]int {
		owners := map[string]int{}
		for i := range n {
			owner, here := c.Worker("keyed/f", strconv.Itoa(i), except)
			require.Equal(t, owner == c.cfg.Name || owner == "", here)
			owners[owner]++
		}
		return owners
	}
	require.Equal(t, map[string]int{"a": n}, of(a))
	require.Equal(t, map[string]int{"": n}, of(a, "a"), "nobody else is there")
	b := member(t, h, "b", nil)
	c := member(t, h, "c", nil)
	onlooker := member(t, h, "d", client)
	see(t, a, b, c)
	eventually(t, "all agree", func() (bool, any) {
		all := []map[string]int{of(a), of(b), of(c), of(onlooker)}
		for _, o := range all {
			if len(o) != 3 {
				return false, all
			}
			for name, share := range o {
				require.InDelta(t, n/3, share, n/6, name)
			}
		}
		return true, nil
	})
	for i := range n {
		before, _ := a.Worker("keyed/f", strconv.Itoa(i), nil)
		after, _ := a.Worker("keyed/f", strconv.Itoa(i), []string{"c"})
		if before != "c" {
			require.Equal(t, before, after)
		}
	}
	require.NoError(t, b.Drain(t.Context()))
	eventually(t, "who drains has none", func() (bool, any) {
		o := of(a)
		return len(o) == 2 && o["b"] == 0, o
	})
}
