package stream

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// simulate has runtimes take cpu of time for each message, and beyond that each message
// waits for io; it returns the window after so many messages. Messages come as fast as
// the window lets them.
func simulate(runtimes int, cpu, io time.Duration, messages int) int {
	var w window
	var now time.Duration
	free := make([]time.Duration, runtimes) // when each is free
	type run struct{ queued, ends time.Duration }
	var held []run
	for range messages {
		for len(held) < w.size() {
			first := 0
			for i := range free {
				if free[i] < free[first] {
					first = i
				}
			}
			start := max(now, free[first])
			free[first] = start + cpu
			held = append(held, run{queued: start - now, ends: start + cpu + io})
		}
		next := 0
		for i := range held {
			if held[i].ends < held[next].ends {
				next = i
			}
		}
		now = max(now, held[next].ends)
		w.done(held[next].queued, false, len(held))
		held = append(held[:next], held[next+1:]...)
	}
	return w.size()
}

func TestWindow(t *testing.T) {
	for name, tc := range map[string]struct {
		runtimes    int
		cpu, io     time.Duration
		least, most int
	}{
		"waits for a page":     {runtimes: 2, cpu: 100 * time.Microsecond, io: 200 * time.Millisecond, least: 200, most: maxWindow},
		"computes for long":    {runtimes: 2, cpu: 300 * time.Millisecond, least: 1, most: 8},
		"computes, four of it": {runtimes: 4, cpu: 100 * time.Millisecond, least: 1, most: 12},
		"short":                {runtimes: 2, cpu: time.Millisecond, least: 8, most: 110},
		"none":                 {runtimes: 1, cpu: 0, io: 0, least: 100, most: maxWindow},
	} {
		t.Run(name, func(t *testing.T) {
			size := simulate(tc.runtimes, tc.cpu, tc.io, 20_000)
			t.Log(size)
			require.GreaterOrEqual(t, size, tc.least)
			require.LessOrEqual(t, size, tc.most)
		})
	}
}

func TestWindowIsNeverLessThanOne(t *testing.T) {
	var w window
	for range 1000 {
		w.done(time.Hour, true, 1)
		require.GreaterOrEqual(t, w.size(), 1)
	}
	require.Equal(t, 1, w.size())
	for range 100 {
		w.done(0, false, 1000)
	}
	require.Equal(t, 101, w.size(), "and comes back")
}
