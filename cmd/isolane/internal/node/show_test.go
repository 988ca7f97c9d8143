package node

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/cmd/isolane/internal/metrics"
)

// fetched gets a page of a node.
func fetched(t *testing.T, url, accept string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	req.Header.Set("Accept", accept)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

// value is what a scrape says of a series; "" where it has none.
func value(scrape, series string) string {
	_, rest, found := strings.Cut("\n"+scrape, "\n"+series+" ")
	if !found {
		return ""
	}
	v, _, _ := strings.Cut(rest, "\n")
	return v
}

func TestMetrics(t *testing.T) {
	n, nc := serve(t, map[string]string{
		"hello.js": `export default (msg) => msg.text()`,
		"fails.js": `export default () => { throw new Error("no") }`,
	}, func(c *config.Config) { c.HTTP.Listen = "127.0.0.1:0" })
	const trace = "0af7651916cd43dd8448eb211c80319c"
	for range 3 {
		_, err := nc.RequestMsg(&nats.Msg{Subject: "fn.hello", Header: nats.Header{"traceparent": {"00-" + trace + "-b7ad6b7169203331-01"}}}, patience)
		require.NoError(t, err)
	}
	ask(t, nc, "fn.fails", "")
	url := n.Ready().HTTP + "/metrics"
	code, scrape := fetched(t, url, "")
	require.Equal(t, http.StatusOK, code, scrape)
	for series, want := range map[string]string{
		`isolane_ready`: "1",
		`isolane_invocations_total{outcome="ok"}`:                                   "3",
		`isolane_invocations_total{outcome="exception"}`:                            "1",
		`isolane_function_invocations_total{function="hello",outcome="ok"}`:         "3",
		`isolane_function_invocations_total{function="fails",outcome="exception"}`:  "1",
		`isolane_function_invocations_total{function="hello",outcome="overloaded"}`: "",
		`isolane_function_duration_seconds_count{function="hello"}`:                 "3",
		`isolane_invocation_duration_seconds_count`:                                 "4",
		`isolane_queue_wait_seconds_count`:                                          "4",
		`isolane_functions{state="served"}`:                                         "2",
		`isolane_functions{state="broken"}`:                                         "0",
		`isolane_runtimes_wanted`:                                                   "2",
		`isolane_bridge_messages_total`:                                             "4",
		`isolane_nats_connected`:                                                    "1",
	} {
		require.Equal(t, want, value(scrape, series), "%s in\n%s", series, scrape)
	}
	require.NotContains(t, scrape, trace, "the old format has no exemplars")

	lint, err := promlint.New(strings.NewReader(scrape)).Lint()
	require.NoError(t, err)
	for _, problem := range lint {
		require.False(t, strings.HasPrefix(problem.Metric, "isolane_"), "%s: %s", problem.Metric, problem.Text)
	}
	var described []string
	for _, match := range regexp.MustCompile(`(?m)^# HELP (isolane_\S+)`).FindAllStringSubmatch(scrape, -1) {
		described = append(described, match[1])
	}
	alone := metrics.Names()
	require.Subset(t, alone, described)

	_, open := fetched(t, url, "application/openmetrics-text;version=1.0.0")
	require.Regexp(t, `isolane_function_duration_seconds_bucket\{function="hello",le="[0-9.e-]+"\} [123] # \{trace_id="`+trace+`"\}`, open)
	require.Regexp(t, `isolane_invocation_duration_seconds_bucket\{le="[0-9.e-]+"\} [1-4] # \{trace_id="`+trace+`"\}`, open)
	require.True(t, strings.HasSuffix(open, "# EOF\n"))
}

func TestReadyz(t *testing.T) {
	n, _ := serve(t, map[string]string{"hello.js": `export default () => 1`}, func(c *config.Config) { c.HTTP.Listen = "127.0.0.1:0" })
	code, body := fetched(t, n.Ready().HTTP+"/readyz", "")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "ready\n", body)
	n.stage(stageDraining)
	code, body = fetched(t, n.Ready().HTTP+"/readyz", "")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, "not ready: the node drains\n", body)
	code, _ = fetched(t, n.Ready().HTTP+"/livez", "")
	require.Equal(t, http.StatusOK, code)
	n.stage(stageServing)
}

// Probes are answered while a node waits for NATS, and say for what it waits.
func TestReadyzWhileItStarts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // a server that says nothing
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, free.Close())
	cfg := config.DefaultConfig()
	cfg.Node.Name, cfg.Functions, cfg.HTTP.Listen = "test", t.TempDir(), free.Addr().String()
	cfg.NATS.URL = "nats://" + l.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := Start(ctx, cfg, slog.New(slog.DiscardHandler))
		ended <- err
	}()
	asking, err := l.Accept()
	require.NoError(t, err)
	defer func() { _ = asking.Close() }()
	code, body := fetched(t, "http://"+free.Addr().String()+"/readyz", "")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, "not ready: the node starts: it connects to NATS\n", body)
	code, _ = fetched(t, "http://"+free.Addr().String()+"/livez", "")
	require.Equal(t, http.StatusOK, code)
	cancel()
	select {
	case err := <-ended:
		require.Error(t, err)
	case <-time.After(patience):
		require.FailNow(t, "the start does not end")
	}
}

func TestNoHTTP(t *testing.T) {
	n, _ := serve(t, nil, func(c *config.Config) { c.HTTP.Listen = config.HTTPOff })
	require.Empty(t, n.Ready().HTTP)
}
