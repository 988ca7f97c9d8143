package conformance

import (
	"testing"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// HeapMessage is how the message of a heap limit begins.
const (
	HeapMessage    = "heap limit of 32 MiB reached (used "
	buffersMessage = "buffers limit of 16 MiB reached (used "
)

// slowly gives a case the time to reach a limit of memory.
func slowly(l *function.Limits) { l.CPU = Patience }

// fills is a function that fills the heap.
func fills(name, body string) hostile {
	return hostile{name: name, body: body, want: function.ExceededMemory, message: HeapMessage, condemned: true, modes: apart, limits: slowly}
}

// HostileHeap is a test of every engine.
func HostileHeap(t *testing.T, e Engine) {
	t.Helper()
	cases := []hostile{
		fills("small arrays", `const k = []; for(;;) k.push(new Array(100).fill(0))`),
		fills("a loop that is unrolled", `let a = []; for(;;) a.push({ x: new Array(100).fill(1) })`),
		fills("large arrays", `const k = []; for(;;) k.push(new Array(1 << 20).fill(0))`),
		fills("doubles", `const k = []; for(let i = 0.5;; i++) k.push(i)`),
		fills("holes", `const k = []; for(let i = 0;; i++) { const a = []; a[i % 1e6] = 1; k.push(a) }`),
		fills("dictionary elements", `const a = []; for(let i = 0;; i++) a[(i * 7919) >>> 0] = i; `),
		fills("strings", `const k = []; let s = "x"; for(;;) { s += Math.random(); k.push(s); s.charCodeAt(0) }`),
		fills("repeat", `const k = []; for(;;) { k.push("xy".repeat(1 << 18)); k.at(-1).charCodeAt(5); }`),
		fills("padEnd", `const k = []; for(let i = 0;; i++) { k.push("x".padEnd(1 << 18, "ab" + i)); k.at(-1).charCodeAt(7); }`),
		fills("template literals", "const k = []; for(let i = 0;; i++) k.push(`${i}:${k.length}:${i * 3}`)"),
		fills("split", `const k = []; for(;;) k.push("abcdefghij".repeat(1000).split(""))`),
		fills("array spread", `let a = [1]; for(;;) a = [...a, ...a]`),
		fills("array concat", `let a = [1]; for(;;) a = a.concat(a)`),
		fills("map", `const k = new Map(); for(let i = 0;; i++) k.set(i, i)`),
		fills("set", `const k = new Set(); for(let i = 0;; i++) k.add("k" + i)`),
		fills("weak map", `const k = new WeakMap(), keys = []; for(;;) { const o = {}; keys.push(o); k.set(o, [1, 2, 3]) }`),
		fills("object keys", `const k = {}; for(let i = 0;; i++) k["k" + i] = i`),
		fills("large object keys", `const k = {}; for(let i = 0;; i++) k["x".repeat(50000) + i] = i`),
		fills("symbols", `const k = []; for(;;) k.push(Symbol("s" + k.length))`),
		fills("symbol registry", `const k = []; for(let i = 0;; i++) k.push(Symbol.for("k" + i))`),
		fills("closures", `let f = () => 1; for(;;) { const g = f; f = () => g }`),
		fills("bound functions", `let f = () => 1; for(;;) f = f.bind(null, 1)`),
		fills("proxies", `let p = {}; for(;;) p = new Proxy(p, {})`),
		fills("generators", `const k = []; function* g() { yield k } for(;;) { const i = g(); i.next(); k.push(i) }`),
		fills("pending promises", `const k = []; for(;;) k.push(new Promise(() => {}).then(() => k))`),
		fills("pending async functions", `const k = []; const f = async () => { await new Promise(() => {}) }; for(;;) k.push(f())`),
		fills("queued microtasks", `for(;;) queueMicrotask(() => {})`),
		fills("big integers", `const k = []; for(let i = 1n;; i++) k.push(i << 5000n)`),
		fills("dates", `const k = []; for(;;) k.push(new Date())`),
		fills("errors with stacks", `const k = []; for(;;) k.push(new Error("e" + k.length))`),
		fills("regular expressions", `const k = []; for(let i = 0;; i++) { const r = new RegExp("a" + i + "(b|c)*"); r.test("abc"); k.push(r) }`),
		fills("code", `const k = []; for(let i = 0;; i++) k.push(new Function("return " + i + "+" + "1+".repeat(100) + "1"))`),
		fills("views of one buffer", `const b = new ArrayBuffer(8), k = []; for(;;) k.push(new Uint8Array(b))`),
		fills("json copies", `let o = { a: [1, 2, 3] }; for(;;) o = { a: JSON.parse(JSON.stringify(o)), b: o }`),
		fills("structured clones", `const k = [], o = { a: [1, 2, { b: "c" }] }; for(;;) k.push(structuredClone(o))`),
		fills("headers", `const h = new Headers(); for(let i = 0;; i++) h.append("x-" + (i % 9), "v".repeat(1000) + i)`),
		fills("urls", `const k = []; for(let i = 0;; i++) k.push(new URL("http://a.test/" + "x".repeat(5000) + i))`),
		fills("console counters", `for(let i = 0;; i++) console.count("c".repeat(1000) + i)`),
		fills("wide json", `JSON.parse("[" + "1,".repeat(20e6) + "1]")`),
		fills("message bytes", `const k = []; for(;;) k.push(msg.bytes())`),
		fills("a finally that allocates", `const k = []; try { for(;;) k.push(new Array(100).fill(0)) } finally { for(;;) k.push(new Array(100).fill(0)) }`),
		fills("nested finally that allocate", `
const k = []; const grow = () => { for(;;) k.push({ x: new Array(100).fill(1) }) };
try { try { try { grow() } finally { grow() } } finally { grow() } } finally { grow() }`),
		fills("a catch that allocates", `const k = []; for(;;) try { for(;;) k.push(new Array(100).fill(0)) } catch { k.push([]) }`),
		{
			name: "microtasks behind a reply", late: true,
			body: `const k = []; const f = () => { k.push(new Array(1000).fill(0)); queueMicrotask(f) }; f(); return "reply"`,
			want: function.ExceededMemory, message: HeapMessage, condemned: true, modes: apart, limits: slowly,
		},
		{
			name: "over many turns", top: `const k = [];`,
			body: `return new Promise(() => setInterval(() => { for (let i = 0; i < 100; i++) k.push(new Array(1000).fill(0)) }, 1))`,
			want: function.ExceededMemory, message: HeapMessage, condemned: true, modes: apart, limits: slowly,
		},
		{
			name: "while loading", top: `const k = []; for(;;) k.push(new Array(100).fill(0))`,
			want: function.ExceededMemory, message: HeapMessage, condemned: true, modes: apart, limits: slowly, broken: true,
		},
		{
			name: "a finally that loops", body: `const k = []; try { for(;;) k.push(new Array(100).fill(0)) } finally { for(;;); }`,
			want: function.ExceededMemory, message: HeapMessage, condemned: true, modes: apart, limits: func(l *function.Limits) { l.CPU = time.Second },
		},
		{
			name: "a string that doubles", body: `let s = "x"; for(;;) s += s + "y"`,
			want: function.Exception, message: "RangeError: Invalid string length", modes: apart, limits: slowly,
		},
		{
			name: "a join that is too long", body: `return Array(2 ** 28).join("xy")`,
			want: function.Exception, message: "RangeError: Invalid string length", modes: apart, limits: slowly,
		},
		{
			name: "arguments without number", body: `return String.fromCharCode(...new Array(1 << 20).fill(65))`,
			want: function.Exception, message: "RangeError: Maximum call stack size exceeded", modes: apart, limits: slowly,
		},
	}
	// They take long: the first few are run in every mode, the others in one each.
	for i := range cases {
		cases[i].modes = every
		if i >= 3 {
			cases[i].modes = every[i%3 : i%3+1]
		}
	}
	runHostile(t, e, cases)
}

// keeps is a function that holds memory outside the heap.
func keeps(name, body string) hostile {
	return hostile{
		name: name, top: "globalThis.k = [];", body: body,
		want: function.ExceededMemory, message: buffersMessage, condemned: true, late: true, modes: apart,
		limits: func(l *function.Limits) { l.CPU = 5 * time.Second },
	}
}

// sharedModule has a WebAssembly module with one memory that is shared.
const sharedModule = `const bytes = new Uint8Array([0,0x61,0x73,0x6d,1,0,0,0, 5,4,1,3,1,2]);`

const sharedMessage = "TypeError: WebAssembly.Module: shared memory is not supported"

// HostileBuffers is a test of every engine.
func HostileBuffers(t *testing.T, e Engine) {
	t.Helper()
	runHostile(t, e, []hostile{
		keeps("array buffers", `for (let i = 0; i < 20; i++) k.push(new ArrayBuffer(1 << 20))`),
		keeps("one array buffer", `k.push(new ArrayBuffer(24 << 20))`),
		keeps("typed arrays", `for (let i = 0; i < 20; i++) k.push(new Float64Array(1 << 17).fill(1))`),
		keeps("shared array buffers", `for (let i = 0; i < 20; i++) k.push(new SharedArrayBuffer(1 << 20))`),
		keeps("resizable", `const b = new ArrayBuffer(0, { maxByteLength: 12 << 20 }); k.push(b); for (let i = 1; i <= 12; i++) b.resize(i << 20); const c = new ArrayBuffer(12 << 20, { maxByteLength: 12 << 20 }); k.push(c); new Uint8Array(b).fill(1)`),
		throws("a shared buffer that can grow", `const b = new SharedArrayBuffer(0, { maxByteLength: 64 << 20 }); k.push(b); for (let i = 1; i <= 24; i++) b.grow(i << 20); new Uint8Array(b).fill(1)`, "TypeError: SharedArrayBuffer: maxByteLength is not supported"),
		keeps("wasm memory", `k.push(new WebAssembly.Memory({ initial: 400 }))`),
		keeps("wasm memory that grows", `const m = new WebAssembly.Memory({ initial: 1, maximum: 400 }); k.push(m); while (m.grow(1) < 390);`),
		throws("a shared wasm memory", `return new WebAssembly.Memory({ initial: 400, maximum: 400, shared: true })`, "TypeError: WebAssembly.Memory: shared memory is not supported"),
		throws("a wasm module with a shared memory", sharedModule+`new WebAssembly.Module(bytes)`, sharedMessage),
		throws("a wasm module with a shared memory, compiled", sharedModule+`return WebAssembly.compile(bytes)`, sharedMessage),
		throws("a wasm module with a shared memory, instantiated", sharedModule+`return WebAssembly.instantiate(bytes)`, sharedMessage),
		throws("a wasm module with a shared memory behind others", `
const bytes = new Uint8Array([0,0x61,0x73,0x6d,1,0,0,0, 0,3,1,0x78,9, 5,0x87,0x80,0,2, 0,1, 3,1,2]); new WebAssembly.Module(bytes)`, sharedMessage),
		keeps("wasm modules", `
const head = [0,0x61,0x73,0x6d,1,0,0,0, 5,4,1,0,0x80,2]; for (let i = 0; i < 40; i++) k.push(new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(head))))`),
		keeps("many wasm memories", `for (let i = 0; i < 40; i++) k.push(new WebAssembly.Memory({ initial: 10, maximum: 10 }))`),
		keeps("text encoder", `const e = new TextEncoder(), s = "x".repeat(1 << 20); for (let i = 0; i < 20; i++) k.push(e.encode(s))`),
		keeps("structured clones", `const b = new Uint8Array(1 << 20); for (let i = 0; i < 20; i++) k.push(structuredClone(b))`),
		keeps("response bodies", `const b = new Uint8Array(1 << 20); for (let i = 0; i < 20; i++) k.push(new Response(b))`),
		keeps("over many turns", `return new Promise(() => setInterval(() => k.push(new Uint8Array(1 << 20)), 0))`),
		keeps("over many short turns", `return (async () => { for (let i = 0; i < 2000; i++) { await new Promise(r => setTimeout(r, 0)); k.push(new Uint8Array(64 << 10)) } })()`),
		{
			name: "without end", body: `const k = []; for(;;) k.push(new Uint8Array(1 << 20))`,
			want: function.ExceededMemory, message: buffersMessage, condemned: true, modes: apart, limits: slowly,
		},
		keeps("formatters", `for(;;) k.push(new Intl.DateTimeFormat("de", { month: "long" }))`),
		keeps("segmenters", `for(;;) k.push(new Intl.Segmenter("de"))`),
		{
			// The text lies on the heap before ICU has its own: either limit may be seen first.
			name: "a text that is normalized", top: "globalThis.k = [];", body: `return "\\ufdfa".repeat(1 << 23).normalize("NFKD").length`,
			want: function.ExceededMemory, message: " MiB reached (used ", condemned: true, late: true, modes: apart,
			limits: func(l *function.Limits) { l.CPU = 5 * time.Second },
		},
		keeps("collators", `for(;;) k.push(new Intl.Collator("de"))`),
		{
			name: "formatters that are let go", body: `for (let i = 0; i < 5000; i++) new Intl.NumberFormat("de").format(i); return "let go"`,
			want: function.OK, message: "let go", modes: apart, limits: slowly,
		},
		{
			name: "buffers that are let go", body: `for (let i = 0; i < 200; i++) new Uint8Array(1 << 20).fill(1); return "let go"`,
			want: function.OK, message: "let go", modes: apart, limits: slowly,
		},
		{
			name: "a buffer that cannot be had", body: `return new ArrayBuffer(2 ** 52)`,
			want: function.Exception, message: "RangeError", modes: apart,
		},
	})
}
