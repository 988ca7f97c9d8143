package crash_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/jscost/internal/crash"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestCrashesLeaveNothingBehind is the short soak: what it checks is that each kind of
// crash is told apart and calls are served after it, and that goroutines, files and
// isolates end. Memory needs more crashes than a test has time for.
func TestCrashesLeaveNothingBehind(t *testing.T) {
	cfg := crash.Config{Crashes: 200, Every: 100, Owners: 2, Patience: time.Minute}
	var rows []crash.Row
	result, err := crash.Soak(t.Context(), cfg, func(r crash.Row) { rows = append(rows, r) })
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, rows, result.Rows)
	kinds := len(crash.Kinds())
	each := (cfg.Crashes + kinds - 1) / kinds
	total := 0
	for _, kind := range crash.Kinds() {
		require.Equal(t, map[function.Outcome]int{kind.Outcome: each}, result.Ends[kind.Name], kind.Name)
		if kind.Lost {
			total += each
		}
	}
	for _, row := range rows {
		require.Zero(t, row.Crashes%kinds, "each row is taken after the same kind")
	}
	require.EqualValues(t, total, result.Lost)
	require.Equal(t, rows[1].Made, rows[1].Disposed, "no isolate is alive when a row is taken")
}
