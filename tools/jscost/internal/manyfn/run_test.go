package manyfn_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/jscost/internal/manyfn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRunCountsWarmContexts(t *testing.T) {
	for name, c := range map[string]struct {
		scenario manyfn.Scenario
		warm     int
	}{
		"one runtime each": {manyfn.Scenario{Functions: 7, Runtimes: 2, MaxContexts: 256, Rounds: 2}, 7},
		"with state":       {manyfn.Scenario{Functions: 4, Runtimes: 2, MaxContexts: 256, Rounds: 2, State: 8000}, 4},
		"bounded":          {manyfn.Scenario{Functions: 7, Runtimes: 2, MaxContexts: 2, Rounds: 3, Anywhere: true}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := manyfn.Run(t.Context(), c.scenario)
			require.NoError(t, err)
			require.Equal(t, c.warm, r.Warm)
			require.Equal(t, map[function.Outcome]int{function.OK: c.scenario.Functions * c.scenario.Rounds}, r.Calls)
			require.GreaterOrEqual(t, r.Cold, c.warm)
			require.Zero(t, r.Lost)
			require.Positive(t, r.V8Heap)
			least, most := int64(2<<10), int64(30<<10) // esbuild prints the sources anew
			require.Greater(t, r.Sources, least*int64(c.scenario.Functions)/2)
			require.Less(t, r.Sources, most*int64(c.scenario.Functions))
		})
	}
}
