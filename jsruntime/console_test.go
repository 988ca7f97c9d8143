package jsruntime

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestConsoleBuckets(t *testing.T) {
	began := time.Unix(1000, 0)
	for name, tc := range map[string]struct {
		limit, size, lines int
		passed             int
	}{
		"all":            {10, 20, 50, 50},
		"over the burst": {10, 20, 51, 50},
		"a whole KiB":    {10, 1024, 60, 50},
		"long lines":     {10, 1025, 60, 25},
		"empty lines":    {10, 0, 60, 50},
		"one too long":   {1, 8 << 10, 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := newConsoles()
			passed, tells := 0, 0
			for range tc.lines {
				ok, tell := c.admit("f", tc.limit, tc.size, began)
				if ok {
					passed++
				}
				if tell {
					tells++
				}
			}
			require.Equal(t, tc.passed, passed)
			require.Equal(t, min(1, tc.lines-passed), tells, "it is told once")
			if passed == tc.lines {
				return
			}
			cut := c.take("f")
			require.Equal(t, tc.lines-passed, cut.lines)
			require.Equal(t, uint64((tc.lines-passed)*tc.size), cut.bytes)
			require.Zero(t, c.take("f"))
		})
	}
}

func TestConsoleBucketsFillAgain(t *testing.T) {
	c, now := newConsoles(), time.Unix(1000, 0)
	count := func(name string, limit, lines int) (passed, tells int) {
		for range lines {
			ok, tell := c.admit(name, limit, 1, now)
			if ok {
				passed++
			}
			if tell {
				tells++
			}
		}
		return passed, tells
	}
	passed, tells := count("f", 2, 100)
	require.Equal(t, []int{10, 1}, []int{passed, tells})
	passed, tells = count("g", 2, 10)
	require.Equal(t, []int{10, 0}, []int{passed, tells}, "another function has a bucket of its own")

	now = now.Add(time.Second)
	passed, tells = count("f", 2, 100)
	require.Equal(t, []int{2, 0}, []int{passed, tells}, "two lines a second, and it will be told already")
	require.Equal(t, "188 lines (188 B) in 5s, limit 2 lines/s: print less, or raise limits.console in the manifest", c.take("f").String())
	_, tells = count("f", 2, 1)
	require.Equal(t, 1, tells)

	now = now.Add(time.Minute)
	passed, _ = count("f", 4, 100)
	require.Equal(t, 10, passed, "a new version's limit holds, from what the bucket had")
	now = now.Add(time.Minute)
	passed, _ = count("f", 4, 100)
	require.Equal(t, 20, passed)
}

func TestConsoleBucketsAreBounded(t *testing.T) {
	c, now := newConsoles(), time.Unix(1000, 0)
	for range 6 {
		c.admit("busy", 1, 1, now)
	}
	for i := range 3 * maxConsoles {
		now = now.Add(time.Second)
		c.admit(fmt.Sprint("f", i), 1, 1, now)
	}
	require.LessOrEqual(t, len(c.byName), maxConsoles+1)
	require.Equal(t, 1, c.take("busy").lines, "what has something to tell is kept")
}
