package metrics

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/hostnats"
	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/bridge/schedule"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cluster"
	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cmd/isolane/internal/metrics/top"
	"github.com/isolane/isolane/cmd/isolane/internal/route"
	"github.com/isolane/isolane/cmd/isolane/internal/tracing"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// fake is a member whose every part says something, with n functions.
func fake(n int) (Sources, *[]actors.FunctionInfo, *[]stream.Stats) {
	infos := make([]actors.FunctionInfo, n)
	for i := range infos {
		infos[i] = actors.FunctionInfo{Name: fmt.Sprint("f", i), Outcomes: map[function.Outcome]uint64{}, Latency: &latency.Counts{}}
	}
	triggers := []stream.Stats{{Function: "f0", Received: 3, Held: 1, Batches: 2, Active: 4, Commits: 9, Reached: 6, HeldBytes: 88, Alarms: 6, Fired: 5, AlarmFailures: 2, Spared: 7, Poisoned: 1, Crossed: 3, Forgotten: 12, CallsWaiting: 2, CallOutcomes: map[function.Outcome]uint64{function.OK: 11, function.Exception: 4}}, {Function: "f1", Kind: "schedule", Fault: "no stream"}, {Function: "_delayed", Kind: "delayed", Batches: 0, MissedHeartbeats: 2}}
	return Sources{
		Version: "v",
		Pool: func() actors.Stats {
			return actors.Stats{
				Runtimes: []actors.RuntimeStats{{State: actors.StateBusy, Inflight: 2}, {ID: 10000, Function: "f0", State: actors.StateIdle}},
				Outcomes: map[function.Outcome]uint64{function.OK: 7}, Queue: 4, Nested: 2,
				Used: actors.Used{CPU: 1500 * time.Millisecond, IO: 2 * time.Second, Cold: 3}, Volleys: actors.Volleys{Taken: 5, Calls: 21, Returned: 4}, Quarantined: []string{"f3"},
			}
		},
		Functions: func() []actors.FunctionInfo { return infos },
		Broken:    func() int { return 2 },
		Wanted:    func() int { return 3 },
		Tracing:   func() tracing.Stats { return tracing.Stats{Exported: 12, Dropped: 3, Failed: 2, Queued: 1} },
		Bridge: func() bridge.Stats {
			return bridge.Stats{Received: 9, Shed: 1, Conn: bridge.ConnStats{PermissionViolations: 4}}
		},
		Triggers:  func() []stream.Stats { return triggers },
		Schedules: func() schedule.Stats { return schedule.Stats{Schedules: 2, Published: 11} },
		Host: func() hostnats.Stats {
			return hostnats.Stats{Failures: map[hostcap.Kind]uint64{hostcap.Refused: 3}, Filed: 12, Pending: 2, PendingBytes: 77, Calls: map[string]uint64{hostnats.CallOK: 21, string(hostcap.Cycle): 3}, CallsPending: 5}
		},
		KeyCalls: func() latency.Counts {
			var h latency.Histogram
			h.Observe(time.Millisecond)
			h.Observe(time.Second)
			return h.Counts()
		},
		Buckets:      func() map[string]kvstore.Stats { return map[string]kvstore.Stats{"shared": {Faults: 2, Failing: 1}} },
		NATS:         func() Connection { return Connection{Connected: true, InBytes: 5} },
		NotPublished: func() uint64 { return 6 },
		Ready:        func() bool { return true },
		MemoryLimit:  func() uint64 { return 1 << 30 },
		Router:       func() route.Stats { return route.Stats{Spilled: 8} },
		Cluster: func() cluster.Stats {
			return cluster.Stats{CalledOut: 2, Breakers: map[string]string{"a": "open", "b": "closed"}}
		},
		Members: func() []gossip.Member { return []gossip.Member{{State: gossip.StateAlive}, {State: gossip.StateDead}} },
	}, &infos, &triggers
}

// scrape gathers with every check that the library has.
func scrape(t *testing.T, c prometheus.Collector) string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(c))
	w := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, w.Code, w.Body.String())
	problems, err := testutil.GatherAndLint(registry)
	require.NoError(t, err)
	require.Empty(t, problems)
	return w.Body.String()
}

// Every metric of the list is shown by a member, and no other.
func TestEveryMetricIsShown(t *testing.T) {
	src, infos, _ := fake(3)
	(*infos)[0].Outcomes[function.OK] = 1
	(*infos)[0].Used.CPU = 250 * time.Millisecond
	text := scrape(t, newCollector(src, DefaultConfig()))
	for _, name := range Names() {
		require.Contains(t, text, "# HELP "+name+" ", name)
	}
	require.Equal(t, len(Names()), strings.Count(text, "# HELP "))
	for _, line := range []string{
		`isolane_invocations_total{outcome="ok"} 7`,
		`isolane_invocations_total{outcome="crashed"} 0`,
		`isolane_runtimes{kind="shared",state="busy"} 1`,
		`isolane_runtimes{kind="dedicated",state="idle"} 1`,
		`isolane_functions{state="quarantined"} 1`,
		`isolane_functions{state="broken"} 2`,
		`isolane_functions{state="served"} 3`,
		`isolane_bridge_refused_total{reason="shed"} 1`,
		`isolane_triggers{kind="stream",state="served"} 1`,
		`isolane_triggers{kind="schedule",state="failing"} 1`,
		`isolane_trigger_deliveries_total{kind="stream"} 3`,
		`isolane_trigger_batches_total{kind="stream"} 2`,
		`isolane_trigger_lost_pulls_total{kind="delayed"} 2`,
		`isolane_schedules{state="kept"} 2`,
		`isolane_schedule_times_total{what="published"} 11`,
		`isolane_nats_errors_total{kind="permission"} 4`,
		`isolane_function_sends_failed_total{error="RefusedError"} 3`,
		`isolane_delayed_messages_total 12`,
		`isolane_memory_limit_bytes 1.073741824e+09`,
		`isolane_queue_nested 2`,
		`isolane_volleys_total 5`,
		`isolane_volley_invocations_total 21`,
		`isolane_volley_returned_total 4`,
		`isolane_invocations_cold_total 3`,
		`isolane_invocation_cpu_seconds_total 1.5`,
		`isolane_invocation_io_seconds_total 2`,
		`isolane_function_cpu_seconds_total{function="f0"} 0.25`,
		`isolane_function_sends_pending_bytes 77`,
		`isolane_trigger_held_bytes{kind="stream"} 88`,
		`isolane_keyed_reached_total{kind="stream"} 6`,
		`isolane_bucket_faults_total{bucket="shared"} 2`,
		`isolane_keyed_active{kind="stream"} 4`,
		`isolane_keyed_commits_total{kind="stream"} 9`,
		`isolane_keyed_alarms{kind="stream"} 6`,
		`isolane_keyed_alarms_fired_total{kind="stream"} 5`,
		`isolane_keyed_alarms_failed_total{kind="stream"} 2`,
		`isolane_trigger_spared_total{kind="stream"} 7`,
		`isolane_trigger_poisoned_total{kind="stream"} 1`,
		`isolane_keyed_calls_total{outcome="ok"} 11`,
		`isolane_keyed_calls_total{outcome="exception"} 4`,
		`isolane_keyed_calls_total{outcome="crashed"} 0`,
		`isolane_keyed_calls_crossed_total{kind="stream"} 3`,
		`isolane_keyed_calls_forgotten_total{kind="stream"} 12`,
		`isolane_keyed_calls_waiting{kind="stream"} 2`,
		`isolane_function_key_calls_total{result="ok"} 21`,
		`isolane_function_key_calls_total{result="CycleError"} 3`,
		`isolane_function_key_calls_pending 5`,
		`isolane_function_key_call_duration_seconds_sum 1.001`,
		`isolane_function_key_call_duration_seconds_count 2`,
		`isolane_spills_total{what="out"} 8`,
		`isolane_cluster_breakers_open 1`,
		`isolane_cluster_members{state="dead"} 1`,
	} {
		require.Contains(t, text, line+"\n")
	}
}

// Ten thousand functions make no more series than the configuration allows, and what is
// summed over them is what was called.
func TestTenThousandFunctions(t *testing.T) {
	src, infos, _ := fake(10_000)
	cfg := DefaultConfig()
	cfg.Functions = 20
	c := newCollector(src, cfg)
	for round := range 3 {
		for i := range *infos {
			fn := &(*infos)[i]
			for range 1 + i%3 {
				fn.Outcomes[function.OK]++
				fn.Latency.Observe(time.Duration(i) * time.Microsecond)
			}
			fn.Outcomes[function.Exception]++
		}
		text := scrape(t, c)
		names := map[string]bool{}
		var calls, lines int
		for line := range strings.Lines(text) {
			var name, outcome string
			var n int
			if strings.HasPrefix(line, "isolane_function_") {
				lines++
			}
			if k, _ := fmt.Sscanf(strings.NewReplacer(`{function="`, " ", `",outcome="`, " ", `"} `, " ").Replace(line), "isolane_function_invocations_total %s %s %d", &name, &outcome, &n); k == 3 {
				names[name] = true
				calls += n
			}
		}
		require.LessOrEqual(t, len(names), 21)
		require.True(t, names[top.Other])
		require.Less(t, lines, 21*(12+16))
		want := 0
		for _, fn := range *infos {
			want += int(fn.Outcomes[function.OK] + fn.Outcomes[function.Exception])
		}
		// A scrape reads twice here: the second gather counts nothing anew.
		require.Equal(t, want, calls, "round %d", round)
		require.Contains(t, text, fmt.Sprintf("isolane_invocation_duration_seconds_count %d\n", want-10_000*(round+1)))
	}
}

// No counter of triggers goes down when one is gone, or set anew.
func TestTriggersComeAndGo(t *testing.T) {
	src, _, triggers := fake(1)
	c := newCollector(src, DefaultConfig())
	deliveries := func() string {
		_, rest, _ := strings.Cut(scrape(t, c), `isolane_trigger_deliveries_total{kind="stream"} `)
		n, _, _ := strings.Cut(rest, "\n")
		return n
	}
	require.Equal(t, "3", deliveries())
	(*triggers)[0].Received = 5
	require.Equal(t, "5", deliveries())
	(*triggers)[0].Received = 1 // set anew
	require.Equal(t, "6", deliveries())
	*triggers = nil
	require.Equal(t, "6", deliveries())
	*triggers = []stream.Stats{{Function: "f9", Received: 2}}
	require.Equal(t, "8", deliveries())
}

func TestAloneAndHandler(t *testing.T) {
	src, _, _ := fake(1)
	src.Router, src.Cluster, src.Members = nil, nil, nil
	h, err := Handler(src, DefaultConfig(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, w.Code)
	require.Contains(t, w.Body.String(), "\ngo_goroutines ")
	require.NotContains(t, w.Body.String(), "isolane_cluster_")
}

func TestExemplarsAreTheNewest(t *testing.T) {
	at := time.Unix(100, 0)
	shown := octaves(2)
	require.Equal(t, latency.Buckets-2, shown[len(shown)-1])
	all := exemplars(shown, []actors.Traced{
		{ID: "old", Took: time.Second, At: at}, {ID: "new", Took: time.Second + 1, At: at.Add(1)}, {ID: "long", Took: time.Hour, At: at},
	})
	ids := map[string]bool{}
	for _, e := range all {
		ids[e.Labels["trace_id"]] = true
	}
	require.Equal(t, map[string]bool{"new": true, "long": true}, ids)
}

// BenchmarkScrape is what a scrape of ten thousand functions costs.
func BenchmarkScrape(b *testing.B) {
	src, infos, _ := fake(10_000)
	h, err := Handler(src, DefaultConfig(), slog.New(slog.DiscardHandler))
	require.NoError(b, err)
	for b.Loop() {
		for i := range *infos {
			(*infos)[i].Outcomes[function.OK]++
			(*infos)[i].Latency.Observe(time.Millisecond)
		}
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/metrics", nil))
	}
}
