package function_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

const full = `
isolation: warm            # warm | context | isolate
dedicated: false
engine: v8                 # v8 | quickjs | auto
idempotent: true
priority: low
limits: { wall: 30s, cpu: 1s, heap: 128MiB, buffers: 64MiB, inflight: 256, subrequests: 64, timers: 10000, console: 200 }
permissions: { net: ["localhost:8080", "127.0.0.1:*", "*.example.com"], env: [GREETING], nats: { publish: [a.>], request: ["b.*"] }, kv: [x] }
env: { GREETING: hi }
`

func TestParseManifest(t *testing.T) {
	m, err := function.ParseManifest("function.yaml", []byte(full))
	require.NoError(t, err)
	require.Equal(t, function.Manifest{
		Isolation: function.Warm, Engine: function.EngineV8, Idempotent: true, Priority: function.PriorityLow,
		Limits: function.DefaultLimits(),
		Permissions: function.Permissions{
			Net: []string{"localhost:8080", "127.0.0.1:*", "*.example.com"}, Env: []string{"GREETING"}, KV: []string{"x"},
			NATS: function.NATSPermissions{Publish: []string{"a.>"}, Request: []string{"b.*"}},
		},
		Env: map[string]string{"GREETING": "hi"},
	}, m)
	require.NoError(t, m.Validate())
}

func TestParseManifestTakesDefaults(t *testing.T) {
	for name, in := range map[string]string{"empty": "", "comment": "# later", "empty sections": "limits:\npermissions:\nenv:\n"} {
		t.Run(name, func(t *testing.T) {
			m, err := function.ParseManifest("f", []byte(in))
			require.NoError(t, err)
			require.Equal(t, function.DefaultManifest(), m)
		})
	}
	m, err := function.ParseManifest("f", []byte("limits: {heap: 16777216, wall: 500ms}\nisolation: isolate"))
	require.NoError(t, err)
	require.Equal(t, function.Limits{Heap: 16 * function.MiB, Wall: 500 * time.Millisecond}, m.Limits)
	require.Equal(t, function.PerIsolate, m.Isolation)
}

func TestParseManifestFaults(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"unknown key":       {"isolatoin: warm", `f:1:1: unknown key "isolatoin": did you mean isolation?`},
		"key elsewhere":     {"wall: 1s", `f:1:1: unknown key "wall": did you mean limits.wall?`},
		"recording":         {"record: some\nstream: {name: S}", `f:1:9: record: some: use failures, all or false`},
		"nothing to record": {"record: all", `f:1:9: record: is for messages of streams, and the function has neither stream nor schedule: leave it out`},
		"enum near":         {"isolation: warn", `f:1:12: isolation: warn: did you mean warm?`},
		"enum":              {"isolation: process", `f:1:12: isolation: process: use warm, context or isolate`},
		"engine":            {"engine: jsc", `f:1:9: engine: jsc: use v8, quickjs or auto`},
		"unit":              {"limits: {heap: 128MB}", `f:1:16: limits.heap: not an amount of memory: 128MB: use KiB, MiB or GiB, for instance 128MiB`},
		"no unit":           {"limits: {wall: 30}", `f:1:16: limits.wall: "30" has no unit: write for instance 30s or 30ms`},
		"negative":          {"limits: {wall: -1s, inflight: -3}", "f:1:16: limits.wall: -1s is negative\nf:1:31: limits.inflight: -3 is negative"},
		"negative memory":   {"limits: {buffers: -1MiB}", `f:1:19: limits.buffers: not an amount of memory: -1MiB: write a number and a unit, for instance 128MiB`},
		"zero":              {"limits: {timers: 0}", `f:1:18: limits.timers: 0 is no limit: leave the key out for the node's default`},
		"no lines":          {"limits: {console: 0}", `f:1:19: limits.console: 0 is no limit: leave the key out for the node's default`},
		"negative lines":    {"limits: {console: -1}", `f:1:19: limits.console: -1 is negative`},
		"unknown limit":     {"limits: {consol: 1}", `f:1:10: unknown key "limits.consol": did you mean limits.console?`},
		"no fetches":        {"limits: {subrequests: 0}", `f:1:23: limits.subrequests: 0 is no limit: leave the key out for the node's default; a function without permissions.net makes none`},
		"short":             {"limits: {cpu: 1us}", `f:1:15: limits.cpu: 1µs is less than 1ms`},
		"heap":              {"limits: {heap: 1MiB}", `f:1:16: limits.heap: 1MiB is less than an isolate needs to start, 16MiB`},
		"cpu over wall":     {"limits:\n  wall: 1s\n  cpu: 2s", `f:3:8: limits.cpu: 2s is more than limits.wall, 1s: time in JavaScript is part of the time from start to reply`},
		"dedicated":         {"isolation: isolate\ndedicated: true", `f:2:12: dedicated: contradicts isolation: isolate, which makes a new isolate for each call: leave one of them out`},
		"inflight":          {"isolation: isolate\nlimits: {inflight: 2}", `f:2:20: limits.inflight: contradicts isolation: isolate, where an isolate holds one call: leave it out`},
		"net":               {"permissions: {net: [a.example, \"http://b\"]}", `f:1:32: permissions.net[1]: not a host pattern: http://b: write the host and its port, without scheme and path`},
		"env":               {"permissions: {env: [\"A=B\"]}", `f:1:21: permissions.env[0]: A=B: a variable's name is letters, digits and _, not beginning with a digit`},
		"kv":                {"permissions: {kv: [a.b]}", `f:1:20: permissions.kv[0]: a.b: a bucket's name is letters, digits, - and _`},
		"kv of the nodes":   {"permissions: {kv: [isolane]}", `f:1:20: permissions.kv[0]: isolane: the bucket is the nodes' own: no function can open it, nor one whose name begins with isolane- or isolane_`},
		"subject closed":    {"permissions: {nats: {publish: [$JS.API.INFO]}}", `f:1:32: permissions.nats.publish[0]: $JS.API.INFO: subjects of JetStream, of buckets and of the server's administration are not granted: publish to a stream by its own subjects, and use permissions.kv for buckets`},
		"subject inner":     {"permissions: {nats: {request: [\"isolane.*\"]}}", `f:1:32: permissions.nats.request[0]: isolane.*: subjects that begin with $ or _ or with the word isolane are granted by their exact name, without a wildcard`},
		"subject end":       {"permissions: {nats: {publish: [\"a.>.b\"]}}", `f:1:32: permissions.nats.publish[0]: a.>.b: > stands for the rest and must be last`},
		"subject empty":     {"permissions: {nats: {request: [a..b]}}", `f:1:32: permissions.nats.request[0]: a..b: a subject is words with single points between them`},
		"subject word":      {"permissions: {nats: {request: [\"a.b*\"]}}", `f:1:32: permissions.nats.request[0]: a.b*: a wildcard * or > is a whole word`},
		"subject space":     {"permissions: {nats: {request: [a b]}}", `f:1:32: permissions.nats.request[0]: "a b": a subject has no spaces and no control characters`},
		"variable":          {"env: {a-b: c}", `f:1:12: env.a-b: a variable's name is letters, digits and _, not beginning with a digit`},
		"priority":          {"priority: urgent", `f:1:11: priority: urgent: use high, normal or low`},
		"all at once": {"isolation: wrm\nlimits: {heap: 1GB, cpu: 1}\nbogus: 1\nenv: [A]", strings.Join([]string{
			`f:1:12: isolation: wrm: did you mean warm?`,
			`f:2:16: limits.heap: not an amount of memory: 1GB: use KiB, MiB or GiB, for instance 1GiB`,
			`f:2:26: limits.cpu: "1" has no unit: write for instance 1s or 1ms`,
			`f:3:1: unknown key "bogus": known are isolation, dedicated, engine, idempotent, priority, limits, permissions, env, stream, key, record, schedule`,
			`f:4:6: env: want keys and values, found a list`,
		}, "\n")},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := function.ParseManifest("f", []byte(tc.in))
			require.EqualError(t, err, tc.want)
			require.ErrorIs(t, err, function.ErrInvalidManifest)
			require.Zero(t, m)
			var typed *function.ManifestError
			require.ErrorAs(t, err, &typed)
			require.Equal(t, "f", typed.Faults[0].File)
		})
	}
}

func TestManifestValidate(t *testing.T) {
	require.NoError(t, function.DefaultManifest().Validate())
	bad := function.Manifest{
		Isolation: "x", Engine: function.EngineV8,
		Limits:      function.Limits{Wall: time.Second, CPU: time.Minute, Heap: -1},
		Permissions: function.Permissions{Net: []string{""}},
	}
	err := bad.Validate()
	require.ErrorIs(t, err, function.ErrInvalidManifest)
	for _, want := range []string{"isolation: x", "limits.heap: -1B is negative", "limits.cpu: 1m0s is more", "permissions.net[0]"} {
		require.ErrorContains(t, err, want)
	}
	contradiction := function.Manifest{Isolation: function.PerIsolate, Dedicated: true, Engine: function.EngineV8}
	require.ErrorContains(t, contradiction.Validate(), "dedicated: contradicts")
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("limits: {heap: 128MB, wall: -1s}\npermissions: {net: [\"*\"]}"))
	f.Add([]byte("env: &e {A: b}\npermissions: {env: *e}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := function.ParseManifest("f", data)
		if err == nil {
			require.NoError(t, m.Validate())
			return
		}
		var typed *function.ManifestError
		require.ErrorAs(t, err, &typed)
		require.NotEmpty(t, typed.Faults)
	})
}
