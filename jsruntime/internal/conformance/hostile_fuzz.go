package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// FuzzHostileScript takes a text as the body of a function with small limits: whatever
// it is, it has one outcome, and the next function is served.
func FuzzHostileScript(f *testing.F, e Engine) {
	f.Helper()
	for _, body := range hostileSeeds {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		b, err := bundle.Build(t.Context(), bundle.Options{
			Name: "f", Source: &bundle.Source{Contents: "export default async (msg, ctx) => {\n" + body + "\n}"},
		})
		if err != nil {
			return // it is no module, and is not deployed
		}
		m := function.DefaultManifest()
		m.Limits.CPU, m.Limits.Wall = SmallCPU, SmallCPU
		m.Limits.Subrequests, m.Limits.Timers = 4, 100
		fn, err := bundle.NewFunction("f", m, function.DefaultLimits(), b)
		require.NoError(t, err)
		l := NewHostileLoop(t, e)
		require.NoError(t, l.Invoke("innocent", Module(t, "waiting", `export default () => new Promise(r => setTimeout(r, 1))`, Patiently), nil))
		err = l.Invoke("fuzzed", fn, []byte("payload"))
		for deadline := time.After(Patience); err == nil && l.Runtime.Inflight() > 0; {
			select {
			case e := <-l.Events:
				err = l.Runtime.Handle(e)
			case <-deadline:
				t.Fatalf("still %d in flight", l.Runtime.Inflight())
			}
		}
		require.NotNil(t, l.Results["fuzzed"], "no outcome; %v", err)
		if err != nil {
			var condemned *jsruntime.CondemnedError
			require.ErrorAs(t, err, &condemned)
			for _, innocent := range l.Runtime.Abandon() {
				innocent.Done(function.Failure(function.Crashed, "beside the culprit"))
			}
			require.NoError(t, l.Runtime.Close())
			l = NewHostileLoop(t, e)
		} else {
			require.NotNil(t, l.Results["innocent"])
		}
		l.ServesHello(t)
	})
}

// hostileSeeds are bodies that the mutations begin with. What is known to end the
// process is not among them, and would be found again.
var hostileSeeds = []string{
	`return 1`,
	`return msg.text()`,
	`throw new Error("x")`,
	`for(;;);`,
	`try { for(;;); } finally { for(;;); }`,
	`const f = () => Promise.resolve().then(f); return f()`,
	`const k = []; for(;;) k.push({ x: new Array(100).fill(1) })`,
	`return new Promise(() => setInterval(() => {}, 0))`,
	`return { get then() { for(;;); } }`,
	`return new Proxy({}, { get() { throw 1 } })`,
	`Error.prepareStackTrace = () => { for(;;); }; null.x`,
	`for (const k of Reflect.ownKeys(globalThis)) try { delete globalThis[k] } catch {} return 1`,
	`for (const k of Reflect.ownKeys(Object.prototype)) delete Object.prototype[k]; return {}`,
	`Object.prototype.then = function (r) { r(1) }; return {}`,
	`return new Response("x", { status: 201, headers: { a: "b" } })`,
	`return fetch("http://127.0.0.1:1/")`,
	`ctx.waitUntil(new Promise(r => setTimeout(r, 1))); return ctx.invocation`,
	`ctx.signal.addEventListener("abort", () => console.log(ctx)); return new Promise(() => {})`,
	`return structuredClone(new Map([[1, new Uint8Array(8)]]))`,
	`const b = new ArrayBuffer(8, { maxByteLength: 16 }); queueMicrotask(() => b.resize(2)); return new Uint8Array(b)`,
	`const f = () => f() + 1; return f()`,
	`async function* g() { try { yield 1 } finally { await new Promise(() => {}) } } for await (const x of g()) return x`,
	`return new TextDecoder("utf-16le").decode(new TextEncoder().encode("x".repeat(1000)))`,
	`return eval(msg.text())`,
	`return /^(a+)+$/.test("a".repeat(50) + "b")`,
	`return new WebAssembly.Module(new Uint8Array([0,0x61,0x73,0x6d,1,0,0,0]))`,
	`return import("x" + 1)`,
	`return Array.from({ length: 1e5 }, (_, i) => new Date(i)).sort(() => Math.random() - 0.5).length`,
}
