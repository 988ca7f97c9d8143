package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/tools/jscost/internal/crash"
	"github.com/isolane/isolane/tools/jscost/internal/process"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestGrown: no row may be far above the first.
func TestGrown(t *testing.T) {
	for name, c := range map[string]struct {
		resident []int64 // MB, of a row for each 1,000
		by       float64
		bad      bool
	}{
		"flat":    {[]int64{80, 80, 80}, 0, false},
		"rises":   {[]int64{80, 82, 84, 86, 88, 90}, 0.125, true},
		"a peak":  {[]int64{80, 81, 100, 80}, 0.25, true},
		"little":  {[]int64{80, 84, 82}, 0.05, false},
		"falls":   {[]int64{90, 89, 88}, 0, false},
		"one row": {[]int64{80}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			var rows []crash.Row
			for i, mb := range c.resident {
				rows = append(rows, crash.Row{Crashes: 1000 * (i + 1), Sample: process.Sample{Resident: mb << 20}})
			}
			by, err := grown(rows, 0.1)
			require.Equal(t, c.bad, err != nil, "%v", err)
			require.InDelta(t, c.by, by, 1e-9)
		})
	}
}
