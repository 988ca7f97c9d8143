package page

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/bridge/funclog"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/call"
	"github.com/isolane/isolane/cmd/isolane/internal/fleet"
	"github.com/isolane/isolane/cmd/isolane/internal/web"
	"github.com/isolane/isolane/jsruntime/function"
)

// hostile is what a function may say: it must be seen as it is, and do nothing.
const hostile = `<script>document.title='owned'</script><img src=x onerror="document.title='owned'">"'&]]>` + "\r\nevent: part\ndata: owned\n\n\x00\u202e"

// sources are those of a cluster of three with n functions, all of which say what is hostile.
func sources(tb testing.TB, n int, say string) Sources {
	tb.Helper()
	reports := tb.TempDir()
	require.NoError(tb, os.WriteFile(filepath.Join(reports, "report.html"), []byte("<h1>Report</h1><script>document.title='owned'</script>"), 0o600))
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	functions := func() []Function {
		all := make([]Function, 0, n)
		for i := range n {
			fn := Function{
				Name: fmt.Sprintf("function-%04d", i), Version: "0123456789ab", Isolation: "warm", Source: "folder", Since: began,
				Outcomes: map[string]uint64{"ok": uint64(1000 + 37*i)}, Versions: []fleet.Version{{Version: "0123456789ab", Percent: 100, Nodes: 2}},
				Nodes: []fleet.Part{{Node: "node-1", Version: "0123456789ab", Calls: 700}, {Node: "node-2", Version: say, Calls: 300, Errors: 3}},
			}
			for k := range 200 {
				fn.Latency.Observe(time.Duration(k*k*(1+i%7)) * 10 * time.Microsecond)
			}
			if i%5 == 0 {
				fn.Outcomes["exception"] = uint64(i + 1)
				fn.Last = Failure{Outcome: "exception", Message: "Error: " + say, Stack: "Error: " + say + "\n    at pay (src/pay.ts:2:9)\n    at default (index.ts:1:1)"}
			}
			all = append(all, fn)
		}
		return all
	}
	lines := func(name string, _ int) []funclog.Line {
		return []funclog.Line{
			{Time: began, Level: "info", Function: name, Text: say},
			{Time: began, Level: "error", Function: name, Text: "second line", Invocation: "i"},
		}
	}
	return Sources{
		Node: "node-1", Version: "v", Began: began, Reports: reports, Functions: functions,
		Members: func() admin.View {
			return admin.View{Node: "node-1", Members: []admin.Member{
				{Name: "node-1", State: "alive", Runtimes: 6, Inflight: 3, CPU: 1.2, Memory: 90 << 20},
				{Name: "node-2", State: "alive", Runtimes: 4, Queue: 7, QueueDelayMS: 12.5, Breaker: "open"},
				{Name: "node-3", State: "dead"},
			}}
		},
		Runtimes: func(context.Context) []admin.Runtimes {
			states := []string{"idle", "busy", "starting", "draining", "backoff", "idle", "busy"}
			all := []admin.Runtimes{{Node: "node-1"}, {Node: "node-2"}}
			for k := range all {
				for i, s := range states {
					all[k].Runtimes = append(all[k].Runtimes, admin.Runtime{ID: i, State: s, Restarts: i, LastLoss: say})
				}
			}
			return all
		},
		Cluster: func(context.Context) Cluster {
			broken := fleet.Broken{Broken: admin.Broken{Name: "broken-one", Source: "folder", Error: say}, Nodes: []string{"node-2"}}
			return Cluster{Functions: append(functions(), Function{Name: "elsewhere", Nodes: []fleet.Part{{Node: "node-2"}}}), Broken: []fleet.Broken{broken}, Nodes: 2}
		},
		Recent: func(_ context.Context, name string) Recent {
			now, history := time.Now(), NewHistory()
			history.Look(functions(), now)
			columns, failures := history.Of(name, now)
			return Together([]admin.Recent{Tell("node-1", &columns, failures, now)}, []string{"node-1", say}, now)
		},
		NATS: func(context.Context) NATS {
			return NATS{
				URL: "nats://127.0.0.1:4222", Status: "connected", Server: "s", RoundTrip: 420 * time.Microsecond,
				Triggers: []stream.Stats{{Function: "function-0000", Stream: "ORDERS", Consumer: "c", Fault: say}, {Function: "function-0001", Stream: "ORDERS", Consumer: "d"}},
				Backlogs: map[[2]string]stream.Backlog{{"ORDERS", "c"}: {Waiting: 12345, Unacknowledged: 67, Redelivered: 8}},
			}
		},
		Lines: lines, AllLines: func(_ context.Context, name string, n int) []funclog.Line { return lines(name, n) },
		Source: func(name, file string) (string, bool) {
			if file != "src/pay.ts" {
				return "", false
			}
			return "// " + name + "\nthrow new Error(`" + say + "`)\n", true
		},
		Send: func(_ context.Context, req call.Request) (*call.Reply, error) {
			if req.Rest == "nobody" {
				return nil, errors.New("no node listens: " + say)
			}
			return &call.Reply{Outcome: function.OK, Body: append([]byte("got "), req.Payload...), Total: time.Millisecond}, nil
		},
	}
}

// serve serves the pages as a node does.
func serve(tb testing.TB, src Sources) string {
	tb.Helper()
	s, err := web.Start(tb.Context(), web.Config{Listen: "127.0.0.1:0"}, web.Handlers{Health: func() []string { return nil }}, slog.New(slog.DiscardHandler))
	require.NoError(tb, err)
	p := New(src)
	p.Routes(s.Handle)
	tb.Cleanup(func() {
		require.NoError(tb, s.Close(context.Background()))
		p.Close()
		p.Close()
	})
	return s.URL()
}

// get asks for a page.
func get(tb testing.TB, url string) (int, string, http.Header) {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, url, nil)
	require.NoError(tb, err)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	require.NoError(tb, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(tb, err)
	return res.StatusCode, string(body), res.Header
}

// slowest is a column with one call that took long.
func slowest() latency.Counts {
	var c latency.Counts
	c.Observe(time.Hour)
	return c
}
