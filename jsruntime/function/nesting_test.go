package function

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHeadroom(t *testing.T) {
	for _, c := range []struct{ limit, depth, want int }{
		{1024, 0, 1024},
		{1024, 1, 1536},
		{1024, 2, 1792},
		{1024, 10, 2047},
		{1024, 32, 2069},
		{1, 0, 1},
		{1, 1, 2},
		{1, 2, 3},
		{1, -1, 1},
		{8, MaxDepth + 5, 8 + 4 + 2 + 1 + MaxDepth - 3},
	} {
		require.Equal(t, c.want, Headroom(c.limit, c.depth), "%+v", c)
	}
}

// TestHeadroomGrowsAndIsBounded: at each depth there is room that no smaller one takes.
func TestHeadroomGrowsAndIsBounded(t *testing.T) {
	for limit := 1; limit < 1<<20; limit = limit*3/2 + 1 {
		for depth := range MaxDepth {
			require.Greater(t, Headroom(limit, depth+1), Headroom(limit, depth))
		}
		require.LessOrEqual(t, Headroom(limit, 1<<30), 2*limit+MaxDepth)
	}
}
