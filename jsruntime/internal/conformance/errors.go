package conformance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
)

// ErrorsAreSourceMapped is a test of every engine.
func ErrorsAreSourceMapped(t *testing.T, e Engine) {
	t.Helper()
	l := NewLoop(t, e, nil)
	r, err := l.Call(Module(t, "thrower", `
interface Order { items: string[] }

function total(order: Order): number {
  if (order.items.length === 0) throw new RangeError("no items: ünïcode");
  return 1;
}

export default async (m) => {
  await null;
  return total({ items: [] });
}`, nil), nil)
	require.NoError(t, err)
	require.Equal(t, function.Exception, r.Outcome)
	require.Equal(t, "RangeError: no items: ünïcode", r.Message)
	require.Equal(t, "thrower.ts:5:", r.Location[:len("thrower.ts:5:")])
	require.Contains(t, r.Stack, "total (thrower.ts:5:")
	require.NotContains(t, r.Stack, "isolane:")
}

// ThrownValues is a test of every engine.
func ThrownValues(t *testing.T, e Engine) {
	t.Helper()
	l := NewLoop(t, e, nil)
	for name, c := range map[string]struct{ source, message string }{
		"a string":              {`export default () => { throw "plain" }`, "plain"},
		"null":                  {`export default () => { throw null }`, "null"},
		"a rejection":           {`export default () => Promise.reject(new TypeError("no"))`, "TypeError: no"},
		"a hostile error":       {`export default () => { throw { get message() { throw 1 }, get stack() { throw 2 }, toString() { throw 3 } } }`, ""},
		"an unserialisable":     {`export default () => ({ f: 1n })`, "BigInt"},
		"a cycle":               {`export default () => { const o = {}; o.o = o; return o }`, "circular"},
		"a throwing toJSON":     {`export default () => ({ toJSON() { throw new Error("json") } })`, "json"},
		"a throwing thenable":   {`export default () => ({ then() { throw new Error("then") } })`, "then"},
		"timer in global scope": {`setTimeout(() => {}, 1); export default () => 1`, "global scope"},
		"while loading":         {`throw new Error("boom"); export default 1`, "boom"},
		"a class":               {`export default class A {}`, "class"},
		"no function":           {`export default 42`, "default export"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := l.Call(Module(t, "f", c.source, nil), nil)
			require.NoError(t, err)
			require.Equal(t, function.Exception, r.Outcome)
			require.Contains(t, r.Message, c.message)
		})
	}
}

// Probe is a test of every engine.
func Probe(t *testing.T, e Engine) {
	t.Helper()
	cfg := jsruntime.DefaultConfig()
	engine := e.New()
	require.NoError(t, jsruntime.Probe(t.Context(), cfg, engine, Module(t, "f", `export default () => 1`, nil)))

	var script *function.ScriptError
	err := jsruntime.Probe(t.Context(), cfg, engine, Module(t, "f", "\nthrow new Error('early'); export default 1", nil))
	require.ErrorAs(t, err, &script)
	require.Contains(t, err.Error(), "early")
	require.Contains(t, err.Error(), "f.ts:2:")

	var limit *function.LimitError
	err = jsruntime.Probe(t.Context(), cfg, engine, Module(t, "f", `for(;;); export default 1`, nil))
	require.ErrorAs(t, err, &limit)
	require.Equal(t, function.LimitCPU, limit.Kind)

	err = jsruntime.Probe(t.Context(), cfg, engine, Module(t, "f", `export default () => 1`, func(m *function.Manifest) {
		m.Dedicated, m.Permissions.KV, m.Limits.Heap = true, []string{"b"}, 32*function.MiB
	}))
	require.ErrorIs(t, err, jsruntime.ErrUnsupported)
	require.Contains(t, err.Error(), "permissions.kv")
	require.Contains(t, err.Error(), "permissions.kv")
}
