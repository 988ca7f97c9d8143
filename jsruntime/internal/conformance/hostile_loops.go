package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// cpuMessage is how the message of a CPU limit begins.
const cpuMessage = "cpu limit of 50ms reached (used "

// loops is a function that does not come to an end by itself.
func loops(name, body string) hostile {
	return hostile{name: name, body: body, want: function.ExceededCPU, message: cpuMessage, condemned: true}
}

// loopsOnTop is one that has code of the module's own.
func loopsOnTop(name, top, body string) hostile {
	c := loops(name, body)
	c.top = top
	return c
}

// HostileLoops is a test of every engine.
func HostileLoops(t *testing.T, e Engine) {
	t.Helper()
	runHostile(t, e, []hostile{
		loops("for", `for(;;);`),
		loops("labelled", `a: for(;;) { b: for(;;) { if (Date.now()) continue a; else break b; } }`),
		loops("do while with try", `do { try { throw 1 } catch { continue } finally { if (0) break } } while (true)`),
		loops("bare while in eval", `eval("while(true);")`),
		loops("indirect eval", `(0, eval)("while(true);")`),
		loops("new Function", `new Function("while(true);")()`),
		loops("with", `new Function("o", "with (o) { while (x) x = 1 }")({ x: 1 })`),
		loops("generator", `function* g() { for(;;) yield 1 } for (const _ of g());`),
		loops("async generator", `return (async () => { async function* g() { for(;;) yield 1 } for await (const _ of g()); })()`),
		loops("map iterator", `const m = new Map([[1, 1]]); for (const [k] of m) { m.delete(k); m.set(k, 1) }`),
		loops("debugger", `for(;;) debugger`),
		loops("promise chain", `const f = () => Promise.resolve().then(f); return f()`),
		loops("async recursion", `const f = async () => { await null; return f() }; return f()`),
		loops("queueMicrotask chain", `const f = () => queueMicrotask(f); f(); return new Promise(() => {})`),
		loops("microtasks behind a reply", `const f = () => queueMicrotask(f); f(); return "reply"`),
		loops("thenable that begets itself", `const t = { then(r) { r(t) } }; return t`),
		loops("thenable that loops", `return { then() { for(;;); } }`),
		loops("then getter that loops", `return { get then() { for(;;); } }`),
		loops("async then getter that loops", `return (async () => ({ get then() { for(;;); } }))()`),
		loops("after await", `return (async () => { await null; for(;;); })()`),
		loops("in a timer", `return new Promise(() => setTimeout(() => { for(;;); }, 1))`),
		{
			name: "over many turns", body: `return new Promise(() => setInterval(() => { const t = Date.now(); while (Date.now() - t < 5); }, 0))`,
			want: function.ExceededCPU, message: cpuMessage, condemned: true, between: true,
		},
		loops("in waitUntil", `ctx.waitUntil((async () => { await null; for(;;); })()); return "reply"`),
		loops("atomics spin", `const a = new Int32Array(new SharedArrayBuffer(8)); while (Atomics.load(a, 0) === 0);`),
		loops("date", `for(;;) new Date(Math.random() * 1e12).toLocaleString("de-DE")`),
		loops("fetch flood", `for(;;) { try { fetch("http://127.0.0.1:1/").catch(() => {}) } catch {} }`),
		loops("timer flood", `for(;;) { try { clearTimeout(setTimeout(() => {}, 1000)) } catch {} }`),
		loops("console flood", `const s = "x".repeat(10000); for(;;) console.log(s)`),
		loops("console of a large object", `const o = {}; for (let i = 0; i < 1000; i++) o["k" + i] = [i]; for(;;) console.log(o, o)`),
		loops("url flood", `for(;;) new URL("http://" + Math.random() + ".test/").href`),
		loops("regexp test", `return /^(a+)+$/.test("a".repeat(50) + "b")`),
		loops("regexp unicode", `return /^(a+)+$/u.test("a".repeat(50) + "b")`),
		loops("regexp sticky", `const r = /(a+)+$/y; return r.test("a".repeat(50) + "b")`),
		loops("regexp unicode sets", `return new RegExp("^([[a-z]&&[a]]+)+$", "v").test("a".repeat(50) + "b")`),
		loops("regexp match", `return ("a".repeat(50) + "b").match(/^(a+)+$/g)`),
		loops("regexp replace", `return ("a".repeat(50) + "b").replace(/^(a+)+$/, "")`),
		loops("regexp split", `return ("a".repeat(50) + "b").split(/(a+)+$/)`),
		loops("regexp back reference", `return /^(a+)+\1$/.test("a".repeat(50) + "b")`),
		loops("regexp look-behind", `return /(?<=^(a+)+)c/.test("b" + "a".repeat(50) + "c")`),
		loops("regexp in a search", `for(;;) "ab".repeat(1e4).search(/(?:a|ab)*c/)`),
		loops("sort comparator", `[3, 1, 2].sort(() => { for(;;); })`),
		loops("replace callback", `"abc".replace(/b/, () => { for(;;); })`),
		loops("reviver", `JSON.parse("[1]", () => { for(;;); })`),
		loops("proxy trap", `new Proxy({}, { get() { for(;;); } }).x`),
		loops("json stringify of getters", `const o = {}; Object.defineProperty(o, "x", { enumerable: true, get() { for(;;); } }); JSON.stringify(o)`),
		loops("structured clone of getters", `structuredClone({ get x() { for(;;); } })`),
		loops("symbol species", `class A extends Array { static get [Symbol.species]() { for(;;); } } new A(1, 2, 3).map(x => x)`),
		loops("toString of a key", `({})[{ toString() { for(;;); } }]`),
		loopsOnTop("dead code in a class field", `class A { x = (() => { for(;;); })() }`, `new A()`),
		{name: "while loading", top: `for(;;);`, want: function.ExceededCPU, message: cpuMessage, condemned: true, broken: true},
		{name: "microtasks while loading", top: `const f = () => queueMicrotask(f); f();`, want: function.ExceededCPU, message: cpuMessage, condemned: true, broken: true},
		{name: "wasm", body: `
const bytes = new Uint8Array([0,0x61,0x73,0x6d,1,0,0,0, 1,4,1,0x60,0,0, 3,2,1,0, 7,5,1,1,0x66,0,0, 10,9,1,7,0,3,0x40,12,0,11,11]);
new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f()`, want: function.ExceededCPU, message: cpuMessage, condemned: true},
		{name: "wasm start function", body: `
const bytes = new Uint8Array([0,0x61,0x73,0x6d,1,0,0,0, 1,4,1,0x60,0,0, 3,2,1,0, 8,1,0, 10,9,1,7,0,3,0x40,12,0,11,11]);
new WebAssembly.Instance(new WebAssembly.Module(bytes))`, want: function.ExceededCPU, message: cpuMessage, condemned: true},
		{
			name: "atomics wait", body: `Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0)`,
			want: function.Exception, message: "TypeError",
		},
		{
			name: "atomics wait for a while", body: `Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0, 20)`,
			want: function.Exception, message: "TypeError",
		},
	})
}

// HostileWaits is a test of every engine.
func HostileWaits(t *testing.T, e Engine) {
	t.Helper()
	waits := func(name, body string) hostile {
		return hostile{name: name, body: body, want: function.Timeout, message: "wall limit of 200ms reached", modes: apart}
	}
	runHostile(t, e, []hostile{
		waits("a promise that never settles", `return new Promise(() => {})`),
		waits("a thenable that never calls back", `return { then() {} }`),
		waits("a timer that is later", `return new Promise(r => setTimeout(r, 60_000))`),
		waits("a timer that arms itself", `return new Promise(() => { const f = () => setTimeout(f, 2); f() })`),
		waits("an interval of nothing", `return new Promise(() => setInterval(() => {}, 20))`),
		waits("asynchronous wasm", `return WebAssembly.compile(new Uint8Array([0,0x61,0x73,0x6d,1,0,0,0])).then(() => new Promise(() => {}))`),
		waits("atomics wait async", `const w = Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(8)), 0, 0, 1); return w.value.then(() => new Promise(() => {}))`),
		waits("a reply behind a generator that waits", `return (async () => { async function* g() { await new Promise(() => {}); yield 1 } for await (const x of g()) return x })()`),
		{
			name: "an abort listener that loops", body: `ctx.signal.addEventListener("abort", () => { for(;;); }); return new Promise(() => {})`,
			want: function.Timeout, message: "wall limit of 200ms reached", condemned: true, modes: apart,
		},
		waits("an abort listener that throws", `ctx.signal.addEventListener("abort", () => { throw new Error("no") }); return new Promise(() => {})`),
		waits("an abort listener that answers", `return new Promise(r => ctx.signal.addEventListener("abort", () => r("late")))`),
		{
			name: "ten thousand timers", body: `for (let i = 0; i < 10000; i++) setTimeout(() => {}, 60_000 + i); return "armed"`,
			want: function.OK, message: "armed", limits: func(l *function.Limits) { l.CPU = time.Second },
		},
		{
			name: "ten thousand and one timers", body: `for (let i = 0; i < 10001; i++) setTimeout(() => {}, 60_000); return "armed"`,
			want: function.Exception, message: "timers limit of 10000", limits: func(l *function.Limits) { l.CPU = time.Second },
		},
		{
			name: "timers that fire at once", body: `let n = 0; return new Promise(r => { for (let i = 0; i < 2000; i++) setTimeout(() => { if (++n === 2000) r("all") }, 0) })`,
			want: function.OK, message: "all", limits: func(l *function.Limits) { l.CPU = 5 * time.Second }, modes: apart,
		},
		{
			name: "unhandled rejections", body: `for (let i = 0; i < 1000; i++) Promise.reject(new Error("nobody")); return "left"`,
			want: function.OK, message: "left",
		},
		{
			name: "waitUntil of a rejection", body: `ctx.waitUntil(Promise.reject(new Error("no"))); return "left"`,
			want: function.OK, message: "left",
		},
		{
			name: "waitUntil of a thenable that throws", body: `ctx.waitUntil({ then() { throw new Error("no") } }); return "left"`,
			want: function.OK, message: "left",
		},
	})
}

// WaitUntilEndsAtTheWallLimit is a test. What an answered invocation still waits for ends at its wall limit.
func WaitUntilEndsAtTheWallLimit(t *testing.T, e Engine) {
	t.Helper()
	const throws = `const p = Promise.resolve(); Object.defineProperty(p, "constructor", { get() { throw new Error("mine") } });`
	for name, body := range map[string]string{
		"what never settles": `ctx.waitUntil(new Promise(() => {})); return "left"`,
		"what throws":        throws + `try { ctx.waitUntil(p) } catch {} return "left"`,
	} {
		t.Run(name, func(t *testing.T) {
			l := NewHostileLoop(t, e)
			fn := hostile{body: body, want: function.Timeout}.function(t, function.Warm)
			l.Serves(t, well(fn), "good")
			require.NoError(t, l.Invoke("left", fn, nil))
			require.Equal(t, "left", string(l.Results["left"].Body))
			require.NoError(t, l.Run())
			require.Zero(t, l.Runtime.Inflight())
		})
	}
}
