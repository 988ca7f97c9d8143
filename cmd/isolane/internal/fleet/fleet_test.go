package fleet_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/fleet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func durations(ms ...int) *admin.Durations {
	var c latency.Counts
	for _, d := range ms {
		c.Observe(time.Duration(d) * time.Millisecond)
	}
	return admin.DurationsOf(&c)
}

func TestFunctions(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	all := fleet.Functions([]admin.Report{
		{Node: "b", Functions: []admin.Function{
			{
				Name: "pay", Version: "2", Isolation: "warm", Source: "nats", Since: began, Outcomes: map[string]uint64{"ok": 3, "exception": 1}, Durations: durations(1, 1, 1, 1),
				Versions: []admin.Version{{Version: "1", Percent: 90}, {Version: "2", Percent: 10}},
			},
		}},
		{Node: "a", Functions: []admin.Function{
			{Name: "pay", Version: "1", Isolation: "warm", Source: "folder", Since: began.Add(time.Hour), Outcomes: map[string]uint64{"ok": 2, "timeout": 2}, Durations: durations(100, 100, 100, 100)},
			{Name: "hello", Version: "x", Isolation: "isolate", Source: "folder"},
		}},
		{Node: "c"},
	})
	require.Len(t, all, 2)
	require.Equal(t, "hello", all[0].Name)
	pay := all[1]
	require.Equal(t, map[string]uint64{"ok": 5, "exception": 1, "timeout": 2}, pay.Outcomes)
	calls, errors := fleet.Calls(pay.Outcomes)
	require.EqualValues(t, 8, calls)
	require.EqualValues(t, 3, errors)
	require.Equal(t, "warm", pay.Isolation)
	require.Equal(t, "nats, folder", pay.Source)
	require.Equal(t, began.Add(time.Hour), pay.Since)
	require.Equal(t, []fleet.Version{{Version: "1", Percent: 100, Nodes: 2}, {Version: "2", Percent: 10, Nodes: 1}}, pay.Versions)
	require.EqualValues(t, 8, pay.Latency.Total())
	require.Greater(t, pay.Latency.Quantile(0.99), 50*time.Millisecond)
	require.Equal(t, "a", pay.Nodes[0].Node)
	require.EqualValues(t, 4, pay.Nodes[0].Calls)
	require.EqualValues(t, 2, pay.Nodes[0].Errors)
	require.Greater(t, pay.Nodes[0].Latency.Quantile(0.5), pay.Nodes[1].Latency.Quantile(0.5))
	require.Empty(t, fleet.Functions(nil))
}

func TestNotServed(t *testing.T) {
	broken := func(name, why string) []admin.Broken {
		return []admin.Broken{{Name: name, Source: "folder", Error: why}}
	}
	all := fleet.NotServed([]admin.Report{
		{Node: "b", Broken: broken("pay", "syntax")},
		{Node: "a", Broken: broken("pay", "syntax")},
		{Node: "c", Broken: broken("pay", "another")},
		{Node: "d", Broken: broken("hello", "syntax")},
	})
	require.Len(t, all, 3)
	require.Equal(t, "hello", all[0].Name)
	require.Equal(t, []string{"c"}, all[1].Nodes)
	require.Equal(t, []string{"a", "b"}, all[2].Nodes)
}
