package function_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestTraceContext(t *testing.T) {
	for name, tc := range map[string]struct {
		header        function.Header
		parent, state string
	}{
		"none":               {nil, "", ""},
		"parent":             {function.Header{"traceparent": {parent}}, parent, ""},
		"case":               {function.Header{"Traceparent": {parent}, "TraceState": {"a=1"}}, parent, "a=1"},
		"states":             {function.Header{"traceparent": {parent}, "tracestate": {"a=1", "b=2"}}, parent, "a=1,b=2"},
		"state alone":        {function.Header{"tracestate": {"a=1"}}, "", ""},
		"two parents":        {function.Header{"traceparent": {parent, parent}}, "", ""},
		"two spellings":      {function.Header{"traceparent": {parent}, "Traceparent": {parent}}, "", ""},
		"upper case":         {function.Header{"traceparent": {strings.ToUpper(parent)}, "tracestate": {"a=1"}}, "", ""},
		"short":              {function.Header{"traceparent": {parent[:54]}}, "", ""},
		"long":               {function.Header{"traceparent": {parent + "-x"}}, "", ""},
		"no trace":           {function.Header{"traceparent": {"00-" + strings.Repeat("0", 32) + parent[35:]}}, "", ""},
		"no span":            {function.Header{"traceparent": {parent[:36] + strings.Repeat("0", 16) + "-01"}}, "", ""},
		"version ff":         {function.Header{"traceparent": {"ff" + parent[2:]}}, "", ""},
		"later version":      {function.Header{"traceparent": {"01" + parent[2:] + "-more"}}, "01" + parent[2:] + "-more", ""},
		"later, not divided": {function.Header{"traceparent": {"01" + parent[2:] + "more"}}, "", ""},
		"line break":         {function.Header{"traceparent": {"01" + parent[2:] + "-\r\nX: y"}}, "", ""},
		"state too long":     {function.Header{"traceparent": {parent}, "tracestate": {strings.Repeat("a", 513)}}, parent, ""},
		"state not text":     {function.Header{"traceparent": {parent}, "tracestate": {"a=\r\n"}}, parent, ""},
	} {
		t.Run(name, func(t *testing.T) {
			gotParent, gotState := tc.header.TraceContext()
			require.Equal(t, tc.parent, gotParent)
			require.Equal(t, tc.state, gotState)
		})
	}
}

func FuzzTraceContext(f *testing.F) {
	f.Add(parent, "a=1")
	f.Add("01"+parent[2:]+"-x", "")
	f.Fuzz(func(t *testing.T, given, givenState string) {
		got, state := function.Header{"traceparent": {given}, "tracestate": {givenState}}.TraceContext()
		require.Contains(t, []string{"", given}, got)
		require.Contains(t, []string{"", givenState}, state)
		for _, r := range got + state {
			require.True(t, r >= ' ' && r <= '~')
		}
		require.LessOrEqual(t, len(got), 110)
	})
}
