package report_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/tools/jscost/internal/report"
)

func TestTable(t *testing.T) {
	var out strings.Builder
	table := report.NewTable(&out, "after", "resident")
	table.Row(1000, report.MB(123_456_789))
	table.Row(2000, report.KB(1_950))
	require.NoError(t, table.Err())
	require.Equal(t, "| after | resident |\n| --- | --- |\n| 1000 | 123.5 MB |\n| 2000 | 1.9 KB |\n", out.String())

	full := errors.New("full")
	table = report.NewTable(writerFunc(func([]byte) (int, error) { return 0, full }), "a")
	table.Row(1)
	require.ErrorIs(t, table.Err(), full)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func TestSlope(t *testing.T) {
	require.InDelta(t, 3, report.Slope([]float64{1, 2, 4}, []float64{5, 8, 14}), 1e-9)
	require.InDelta(t, -1, report.Slope([]float64{0, 1, 2}, []float64{1, 1, -1}), 1e-9)
	require.Zero(t, report.Slope([]float64{7}, []float64{9}))
	require.Zero(t, report.Slope(nil, nil))
}
