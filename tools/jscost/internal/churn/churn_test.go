package churn_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/tools/jscost/internal/churn"
	"github.com/isolane/isolane/tools/jscost/internal/process"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRunTakesRowsAndDisposes(t *testing.T) {
	for _, side := range []string{churn.Ours, churn.Web, churn.Bare} {
		for what, alive := range map[string]int64{churn.Isolates: 0, churn.Contexts: 1} {
			t.Run(side+" "+what, func(t *testing.T) {
				var rows []churn.Row
				err := churn.Run(t.Context(), churn.Config{What: what, Side: side, Count: 5, Every: 2}, func(r churn.Row) { rows = append(rows, r) })
				require.NoError(t, err)
				require.Len(t, rows, 3)
				last := rows[2]
				require.Equal(t, 5, last.After)
				require.Equal(t, alive, last.Made-last.Disposed)
				require.Equal(t, alive > 0, last.Heap > 0)
				require.Positive(t, last.Sample.Resident)
			})
		}
	}
	require.Error(t, churn.Run(t.Context(), churn.Config{What: churn.Isolates, Side: "theirs"}, nil))
}

func TestPerEachLeavesTheFirstRowsOut(t *testing.T) {
	rows := []churn.Row{{After: 100, Sample: process.Sample{Resident: 1}}}
	for n := int64(2); n <= 5; n++ {
		rows = append(rows, churn.Row{After: int(100 * n), Sample: process.Sample{Resident: 1_000_000 + 700*n}})
	}
	require.InDelta(t, 7, churn.PerEach(rows), 1e-6)
}
