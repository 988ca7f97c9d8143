package restarts

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/experiments/lab/calls"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWeigh(t *testing.T) {
	ms := time.Millisecond
	list := []calls.Call{
		{Sent: 0, Took: 20 * ms, End: "ok", Replies: 1},
		{Sent: 110 * ms, Took: 5 * ms, End: "crashed", Replies: 1},   // of the first fault, at 100
		{Sent: 120 * ms, Took: 150 * ms, End: "ok", Replies: 2},      // late, until 270
		{Sent: 300 * ms, Took: 20 * ms, End: "ok", Replies: 1},       // the second, at 250: nothing
		{Sent: 410 * ms, End: calls.NoReply},                         // of the third, at 400
		{Sent: 2000 * ms, Took: 9 * time.Second, End: calls.NoReply}, // after all
	}
	took := weigh(list, map[string]int{"2": 2}, []time.Duration{100 * ms, 250 * ms, 400 * ms}, time.Second)
	require.Equal(t, [][2]float64{{1, 170}, {2, 0}, {3, 10}}, took.Series[0].Points)
	third := 1.0 / 3
	for name, want := range map[string]float64{"lost": third, "failed": third, "late": third, "twice": third, "duplicated": 1, "recover-p50": 10, "recover-max": 170, "faults": 3} {
		require.InDelta(t, want, took.Metrics[name], 1e-9, name)
	}
	require.Zero(t, weigh(nil, nil, nil, time.Second).Metrics["faults"])
}
