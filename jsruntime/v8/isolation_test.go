package v8

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/webapi"
)

func perIsolate(m *function.Manifest) { m.Isolation = function.PerIsolate }

func TestEngineHasItsSnapshot(t *testing.T) {
	ready, err := NewEngine(Config{WebAPI: webapi.Script()}).Snapshot()
	if !heapLimitForEach {
		require.Error(t, err, "the original binding has none")
		return
	}
	require.NoError(t, err)
	require.True(t, ready)
}

// An engine with another host script than the snapshot's works all the same.
func TestEngineWithoutTheSnapshot(t *testing.T) {
	l := newLoop(t, nil)
	engine := NewEngine(Config{WebAPI: "/* another */ " + webapi.Script()})
	ready, _ := engine.Snapshot()
	require.False(t, ready)
	cfg := jsruntime.DefaultConfig()
	cfg.Post = func(e jsruntime.Event) { l.Events <- e }
	rt, err := jsruntime.New(cfg, engine)
	require.NoError(t, err)
	require.NoError(t, l.Runtime.Close())
	l.Runtime = rt
	defer func() { require.NoError(t, rt.Close()) }()
	r, err := l.Call(module(t, "f", `export default async (m) => { await new Promise(r => setTimeout(r, 1)); return new URL("http://a/" + m.text() + typeof globalThis["isolane:boot"]).pathname }`, nil), []byte("x"))
	require.NoError(t, err)
	require.Equal(t, "/xundefined", string(r.Body))
}

func TestIsolateForEachCall(t *testing.T) {
	l := newLoop(t, nil)
	fn := module(t, "f", `let calls = 0; globalThis.seen ??= 0;
export default async (m) => { await new Promise(r => setTimeout(r, 5)); globalThis.seen++; return m.text() + ++calls + globalThis.seen }`, perIsolate)
	for n := range 20 {
		require.NoError(t, l.Invoke(fmt.Sprint(n), fn, []byte(fmt.Sprint(n, ":"))))
	}
	require.NoError(t, l.Run())
	for n := range 20 {
		require.Equal(t, fmt.Sprint(n, ":11"), string(l.Results[fmt.Sprint(n)].Body), "no call sees another")
	}
}

// What is wrong with one call's isolate costs that call, and no neighbour.
func TestIsolateOfACallDiesAlone(t *testing.T) {
	if !heapLimitForEach {
		t.Skip("the original binding has no heap limit for one isolate")
	}
	for name, c := range map[string]struct {
		source string
		want   function.Outcome
	}{
		"loop":            {`export default () => { for(;;); }`, function.ExceededCPU},
		"loop later":      {`export default async () => { await new Promise(r => setTimeout(r, 1)); for(;;); }`, function.ExceededCPU},
		"loop in loading": {`for(;;); export default () => 1`, function.ExceededCPU},
		"heap":            {`export default () => { const a = []; for(;;) a.push({x: new Array(100).fill(1)}) }`, function.ExceededMemory},
		"buffers":         {`export default () => { const a = []; for(;;) a.push(new Uint8Array(1 << 20)) }`, function.ExceededMemory},
		"shared buffers":  {`export default () => { const a = []; for(;;) a.push(new SharedArrayBuffer(1 << 20)) }`, function.ExceededMemory},
		"wasm memories":   {`export default () => { const a = []; for(;;) { const m = new WebAssembly.Memory({initial: 100}); new Uint8Array(m.buffer).fill(1); a.push(m) } }`, function.ExceededMemory},
		"resizable":       {`export default () => { const a = []; for(;;) { const b = new ArrayBuffer(0, {maxByteLength: 8 << 20}); b.resize(8 << 20); new Uint8Array(b).fill(1); a.push(b) } }`, function.ExceededMemory},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLoop(t, nil)
			waiting := module(t, "waiting", `export default async () => { await new Promise(r => setTimeout(r, 300)); return "unharmed" }`, nil)
			require.NoError(t, l.Invoke("neighbour", waiting, nil))
			bad := module(t, "bad", c.source, func(m *function.Manifest) {
				perIsolate(m)
				m.Limits.Heap, m.Limits.Buffers = 32*function.MiB, 16*function.MiB
				if c.want == function.ExceededMemory {
					m.Limits.CPU = patience
				} else {
					m.Limits.CPU = 50 * time.Millisecond
				}
			})
			for n := range 2 {
				require.NoError(t, l.Invoke(fmt.Sprint("bad", n), bad, nil))
			}
			require.NoError(t, l.Run())
			for n := range 2 {
				r := l.Results[fmt.Sprint("bad", n)]
				require.Equal(t, c.want, r.Outcome, r.Message)
				require.Contains(t, r.Message, "limit")
			}
			require.Equal(t, "unharmed", string(l.Results["neighbour"].Body))
		})
	}
}

// The one who holds the most is to blame when there is no room, not the one who asks.
func TestHoarderIsToBlame(t *testing.T) {
	if !heapLimitForEach {
		t.Skip("the original binding does not count buffers")
	}
	l := newLoop(t, func(c *jsruntime.Config) { c.Limits.Buffers = 16 * function.MiB })
	hoarder := module(t, "hoarder", `const kept = []; export default () => { kept.push(new Uint8Array(14 << 20).fill(1)); return "ok" }`, nil)
	r, err := l.Call(hoarder, nil)
	require.NoError(t, err)
	require.Equal(t, function.OK, r.Outcome)
	asking := module(t, "asking", `export default () => new Uint8Array(4 << 20)`, nil)
	_, err = l.Call(asking, nil)
	var condemned *jsruntime.CondemnedError
	require.ErrorAs(t, err, &condemned)
	require.Equal(t, "hoarder", condemned.Function)
	require.Equal(t, function.ExceededMemory, condemned.Outcome)
	require.Len(t, l.Runtime.Abandon(), 1, "the one who asked is the owner's to answer")
}

func TestAtomicsWaitDoesNotBlock(t *testing.T) {
	if !heapLimitForEach {
		t.Skip("the original binding cannot forbid it")
	}
	l := newLoop(t, nil)
	r, err := l.Call(module(t, "f", `export default () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`, nil), nil)
	require.NoError(t, err)
	require.Equal(t, function.Exception, r.Outcome)
	require.Contains(t, r.Message, "TypeError")
}

// A built-in that takes no interrupt is told of, and the turn ends when it does.
func TestStuck(t *testing.T) {
	var stuck atomic.Pointer[jsruntime.CondemnedError]
	l := newLoop(t, func(c *jsruntime.Config) {
		c.Grace = 20 * time.Millisecond
		c.Stuck = func(e *jsruntime.CondemnedError) { stuck.Store(e) }
	})
	fn := module(t, "f", `export default () => {
  const a = new Int32Array(14 << 20);
  for (let i = 0; i < a.length; i++) a[i] = Math.imul(i, 0x9e3779b1);
  return a.sort()[0];
}`, func(m *function.Manifest) {
		m.Limits.CPU = 400 * time.Millisecond // enough to fill the array, and not to sort it
	})
	r, err := l.Call(fn, nil)
	var condemned *jsruntime.CondemnedError
	require.ErrorAs(t, err, &condemned)
	require.Equal(t, function.ExceededCPU, r.Outcome)
	require.NotNil(t, stuck.Load())
	require.Equal(t, "f", stuck.Load().Function)
	require.Equal(t, function.ExceededCPU, stuck.Load().Outcome)
}

// Warm contexts make room when the heap they share fills up.
func TestIdleContextsMakeRoom(t *testing.T) {
	l := newLoop(t, func(c *jsruntime.Config) { c.Limits.Heap = 48 * function.MiB })
	for n := range 100 {
		fn := module(t, fmt.Sprint("f", n), `const kept = []; for (let i = 0; i < 1e5; i++) kept.push(i + 0.5); export default () => kept.length`, nil)
		r, err := l.Call(fn, nil)
		require.NoError(t, err)
		require.Equal(t, "100000", string(r.Body))
	}
	require.True(t, l.Runtime.Warm("f99", module(t, "f99", `const kept = []; for (let i = 0; i < 1e5; i++) kept.push(i + 0.5); export default () => kept.length`, nil).Version))
}
