package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/receipt"
	"github.com/isolane/isolane/cmd/isolane/internal/tracing/otlptest"
)

// TestOneTraceOverTwoNodes: what a member hands to a peer is in one trace, with the peer's
// spans below its own, and its id is on each line about it in both logs and in what the
// function prints.
func TestOneTraceOverTwoNodes(t *testing.T) {
	collector := otlptest.Start(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.GRPC)
	t.Setenv("ISOLANE_TRACING_INTERVAL", "20ms")
	t.Setenv("ISOLANE_LOG_FORMAT", "json")
	t.Setenv("ISOLANE_LOG_LEVEL", "debug")
	t.Setenv("ISOLANE_CLUSTER_SPILL_AT", "1")
	t.Setenv("ISOLANE_RUNTIMES_SHED_TARGET", "0s")
	t.Setenv("ISOLANE_RUNTIMES_MAX_INFLIGHT", "1")
	t.Setenv("ISOLANE_LIMITS_INFLIGHT", "1")
	g := startGroup(t, 1, []string{
		"slow.js", `export default async (m, ctx) => {
			console.log("said on", ctx.invocation.node);
			await new Promise(r => setTimeout(r, 200));
			return ctx.invocation.node;
		}`,
		"slow.yaml", "limits: { inflight: 1 }",
	})
	g.addElsewhere("n2")
	g.awaitLoads()
	conn := g.nodes["n1"].connect()
	var wg sync.WaitGroup
	replies := make(chan *nats.Msg, 20)
	for range cap(replies) {
		wg.Go(func() {
			if msg, err := conn.Request("fn.slow", nil, patience); err == nil {
				replies <- msg
			}
		})
	}
	wg.Wait()
	close(replies)
	trace := ""
	for msg := range replies {
		used, id, err := receipt.Parse(msg.Header.Get(receipt.Header))
		require.NoError(t, err)
		require.Equal(t, string(msg.Data), used.Node, "the receipt is that of whoever ran it")
		if used.Node == "n2" {
			trace = id
		}
	}
	require.NotEmpty(t, trace, "n2 ran none")

	of := func(all []otlptest.Span) map[string]otlptest.Span {
		byName := map[string]otlptest.Span{}
		for _, s := range all {
			if s.Trace == trace {
				byName[s.Name+" on "+s.Resource["service.instance.id"].(string)] = s
			}
		}
		return byName
	}
	spans := of(collector.Await(t, patience, func(all []otlptest.Span) bool {
		have := of(all)
		for _, name := range []string{"process fn.slow on n1", "spill slow on n1", "serve slow on n2", "run slow on n2"} {
			if _, ok := have[name]; !ok {
				return false
			}
		}
		return true
	}))
	root := spans["process fn.slow on n1"]
	require.Empty(t, root.Parent)
	require.Equal(t, root.ID, spans["spill slow on n1"].Parent)
	require.Equal(t, spans["spill slow on n1"].ID, spans["serve slow on n2"].Parent)
	require.Equal(t, spans["serve slow on n2"].ID, spans["queue slow on n2"].Parent)
	require.Equal(t, spans["serve slow on n2"].ID, spans["run slow on n2"].Parent)
	require.NotContains(t, spans, "run slow on n1")

	invocation := root.Attributes["faas.invocation_id"].(string)
	require.Equal(t, invocation, spans["run slow on n2"].Attributes["faas.invocation_id"])
	eventually(t, patience, func() error { return said(g.nodes["n1"], invocation, trace, "message answered") })
	for node, want := range map[string][]string{
		"n1": {"message taken", "invocation handed to a peer", "a peer answered", "message answered"},
		"n2": {"invocation taken from a peer", "invocation started", "console"},
	} {
		lines := linesOf(t, g.nodes[node], invocation)
		var messages []string
		for _, line := range lines {
			messages = append(messages, line["msg"].(string))
			require.Equal(t, invocation, line["invocation"], "under one key: %v", line)
			require.Equal(t, trace, line["trace_id"], "%v", line)
			require.Len(t, line["span_id"], 16, "%v", line)
		}
		for _, m := range want {
			require.True(t, slices.Contains(messages, m), "%s of %s in %q", m, node, messages)
		}
	}
	for _, line := range linesOf(t, g.nodes["n2"], invocation) {
		if line["msg"] == "console" {
			require.Equal(t, "said on n2", line["text"])
			require.Equal(t, spans["run slow on n2"].ID, line["span_id"])
		}
	}
}

// linesOf are the lines of a node's log that have the text of id in them, as grep finds them.
func linesOf(tb testing.TB, p *process, id string) (found []map[string]any) {
	tb.Helper()
	for line := range strings.Lines(p.log.String()) {
		if !strings.Contains(line, id) {
			continue
		}
		var fields map[string]any
		require.NoError(tb, json.Unmarshal([]byte(line), &fields), line)
		found = append(found, fields)
	}
	return found
}

// said reports whether a node's log has a line about id.
func said(p *process, id, trace, message string) error {
	for line := range strings.Lines(p.log.String()) {
		if strings.Contains(line, id) && strings.Contains(line, trace) && strings.Contains(line, message) {
			return nil
		}
	}
	return fmt.Errorf("%q is not in the log", message)
}
