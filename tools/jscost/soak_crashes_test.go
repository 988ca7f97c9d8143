package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/tools/jscost/internal/crash"
	"github.com/isolane/isolane/tools/jscost/internal/process"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestGrown: what rises is told from what goes up and down.
func TestGrown(t *testing.T) {
	for name, c := range map[string]struct {
		resident []int64 // MB, of a row for each 1,000
		by       float64
		bad      bool
	}{
		"flat":                         {[]int64{80, 80, 80, 80, 80, 80, 80, 80, 80, 80}, 0, false},
		"a first row that is low":      {[]int64{60, 70, 90, 90, 90, 90, 90, 90, 90, 90}, 0, false},
		"up and down":                  {[]int64{80, 90, 78, 92, 78, 92, 78, 92, 78, 92}, 0.08, false},
		"rises":                        {[]int64{81, 82, 83, 84, 85, 86, 87, 88, 89, 90}, 0.125, true},
		"rises, and ends by going low": {[]int64{80, 85, 90, 95, 100, 105, 110, 115, 120, 110}, 0.46, true},
		"falls":                        {[]int64{90, 89, 88, 87, 86, 85, 84, 83, 82, 81}, -0.1, false},
		"one row":                      {[]int64{80}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			var rows []crash.Row
			for i, mb := range c.resident {
				rows = append(rows, crash.Row{Crashes: 1000 * (i + 1), Sample: process.Sample{Resident: mb << 20}})
			}
			by, err := grown(rows, 0.1)
			require.Equal(t, c.bad, err != nil, "%v", err)
			require.InDelta(t, c.by, by, 0.05)
		})
	}
}
