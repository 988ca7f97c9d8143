package conformance

import (
	"testing"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// throws is a function whose invocation ends as an exception, and no more.
func throws(name, body, message string) hostile {
	return hostile{
		name: name, body: body, want: function.Exception, message: message, modes: apart,
		limits: func(l *function.Limits) { l.CPU = 5 * time.Second },
	}
}

// returns is a function whose reply is as the engine's rules have it, however odd.
func returns(name, body, reply string) hostile {
	return hostile{name: name, body: body, want: function.OK, message: reply, modes: apart}
}

// HostileUnwinding is a test. A termination unwinds through the function's own code, which may hold it up.
func HostileUnwinding(t *testing.T, e Engine) {
	t.Helper()
	runHostile(t, e, []hostile{
		loops("a finally that loops", `try { for(;;); } finally { for(;;); }`),
		loops("nested finally", `try { try { try { for(;;); } finally { for(;;); } } finally { for(;;); } } finally { for(;;); }`),
		loops("a finally that returns", `const f = () => { try { for(;;); } finally { return f() } }; return f()`),
		loops("a catch that loops", `for(;;) try { for(;;); } catch { for(;;); }`),
		loops("a finally that breaks", `for(;;) { try { for(;;); } finally { break } } for(;;);`),
		loops("a finally that allocates", `try { for(;;); } finally { const k = []; for(let i = 0; i < 1e4; i++) k.push([i]); for(;;); }`),
		loops("a finally in microtasks", `return (async () => { try { await null; for(;;); } finally { for(;;); } })()`),
		loops("a rejection handler that loops", `return Promise.reject(1).catch(() => { for(;;); })`),
		loops("Promise.finally", `return new Promise(r => r()).finally(() => { for(;;); })`),
		loops("a generator's finally", `function* g() { try { yield 1 } finally { for(;;); } } for (const x of g()) return x`),
		loops("an async generator's finally", `return (async () => { async function* g() { try { yield 1 } finally { for(;;); } } for await (const x of g()) return x })()`),
		loops("an iterator's return", `for (const x of { [Symbol.iterator]() { return { next: () => ({ value: 1 }), return() { for(;;); } } } }) return x`),
		loops("an iterator's return in destructuring", `const [a] = { [Symbol.iterator]() { return { next: () => ({ value: 1 }), return() { for(;;); } } } }; return a`),
		loops("an iterator's return in URLSearchParams", `new URLSearchParams({ [Symbol.iterator]() { return { next: () => ({ value: 1 }), return() { for(;;); } } } })`),
		loops("an iterator helper", `return [...{ __proto__: Iterator.prototype, next: () => ({ value: 1, done: false }) }.take(Infinity).filter(() => false)]`),
		loops("toJSON that loops", `return { toJSON() { for(;;); } }`),
		loops("a getter that loops in the reply", `return { get x() { for(;;); } }`),
		loops("a getter that loops in an async reply", `return Promise.resolve({ get x() { for(;;); } })`),
		loops("a proxy that loops in the reply", `return new Proxy({}, { ownKeys() { for(;;); } })`),
		loops("a proxy that loops before the reply", `return new Proxy({}, { get() { for(;;); } })`),
		loops("a proxy of which the prototype loops", `return new Proxy({}, { getPrototypeOf() { for(;;); }, get(t, k) { if (k === "toJSON") for(;;); } })`),
		loops("a thrown proxy that loops", `throw new Proxy({}, { getPrototypeOf() { for(;;); } })`),
		loops("a thrown error's message loops", `const e = new Error("x"); Object.defineProperty(e, "message", { get() { for(;;); } }); throw e`),
		loops("a thrown error's stack loops", `const e = new Error("x"); Object.defineProperty(e, "stack", { get() { for(;;); } }); throw e`),
		loops("a thrown error's name loops", `class E extends Error { get name() { for(;;); } } throw new E("x")`),
		loops("a thrown error's cause loops", `const c = new Error("c"); Object.defineProperty(c, "stack", { get() { for(;;); } }); throw new Error("x", { cause: c })`),
		loops("a rejected proxy that loops", `return Promise.reject(new Proxy({}, { getPrototypeOf() { for(;;); } }))`),
		loops("a logged proxy that loops", `console.log(new Proxy({}, { ownKeys() { for(;;); } }))`),
		loops("a response header that loops", `return new Response("x", { headers: { get x() { for(;;); } } })`),
		loops("toPrimitive that loops", `new Response({ [Symbol.toPrimitive]() { for(;;); } })`),
		loops("valueOf that loops", `setTimeout(() => {}, { valueOf() { for(;;); } })`),
		loops("toString that loops", `new URL({ toString() { for(;;); } })`),
		loopsOnTop("prepareStackTrace that loops", `Error.prepareStackTrace = () => { for(;;); };`, `throw new Error("x")`),
		loopsOnTop("prepareStackTrace that loops in the engine's error", `Error.prepareStackTrace = () => { for(;;); };`, `null.x`),
		{
			name: "a thrown value that loops while loading", top: `throw { toString() { for(;;); } };`,
			want: function.ExceededCPU, message: cpuMessage, condemned: true, broken: true,
		},
		{
			name: "a thrown error that loops while loading", top: `const e = new Error("x"); Object.defineProperty(e, "stack", { get() { for(;;); } }); throw e;`,
			want: function.ExceededCPU, message: cpuMessage, condemned: true, broken: true,
		},
		{
			name: "a default export that loops", top: `export const x = 1; Object.defineProperty(Object.prototype, "message", { get() { for(;;); } });`, body: `throw { }`,
			want: function.ExceededCPU, message: cpuMessage, condemned: true, modes: apart,
		},
	})
}

// HostileThrows is a test of every engine.
func HostileThrows(t *testing.T, e Engine) {
	t.Helper()
	runHostile(t, e, []hostile{
		throws("null", `throw null`, "null"),
		throws("undefined", `throw undefined`, "undefined"),
		throws("a symbol", `throw Symbol("mine")`, "Symbol(mine)"),
		throws("a big integer", `throw 10n`, "10n"),
		throws("a function", `throw function mine() {}`, "mine"),
		throws("a proxy", `throw new Proxy(new Error("behind"), {})`, ""),
		throws("a proxy that throws", `throw new Proxy({}, new Proxy({}, { get() { throw 1 } }))`, ""),
		throws("a revoked proxy", `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy`, ""),
		throws("a revoked function proxy", `const { proxy, revoke } = Proxy.revocable(() => {}, {}); revoke(); throw proxy`, ""),
		throws("a rejection with a revoked proxy", `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return Promise.reject(proxy)`, ""),
		throws("an object with getters", `throw { get message() { throw 1 }, get stack() { throw 2 }, get name() { throw 3 } }`, ""),
		throws("an error with getters", `const e = new Error(); for (const k of ["name", "message", "stack", "cause", "errors"]) Object.defineProperty(e, k, { get() { throw k } }); throw e`, "Error"),
		throws("an error that is not one", `throw Object.create(Error.prototype)`, "Error"),
		throws("an error without a prototype", `throw Object.setPrototypeOf(new Error("bare"), null)`, "bare"),
		throws("a circle of causes", `const e = new Error("round"); e.cause = e; throw e`, "round"),
		throws("a long chain of causes", `let e = new Error("0"); for (let i = 1; i < 1e4; i++) e = new Error(String(i), { cause: e }); throw e`, "9999"),
		throws("an aggregate of many", `throw new AggregateError(new Array(1e5).fill(new Error("one")), "many")`, "many"),
		throws("a long message", `throw new Error("m".repeat(5e6))`, "mmm"),
		throws("a message of many lines", `throw new Error("a\nb\u2028c\0d")`, "a"),
		throws("a broken surrogate", `throw new Error("\ud800")`, ""),
		throws("a stack that is an object", `const e = new Error("x"); e.stack = { toString() { throw 1 } }; throw e`, "x"),
		throws("a stack that lies", `const e = new Error("x"); e.stack = "Error: x\n    at isolane:core:1:1\n    at (:::)\n    at (/etc/passwd:1:99999999999999999999)"; throw e`, "x"),
		throws("deep recursion", `const f = () => f() + 1; return f()`, "RangeError: Maximum call stack"),
		throws("deep recursion through getters", `const o = { get x() { return this.x } }; return o.x`, "RangeError: Maximum call stack"),
		throws("deep recursion through toJSON", `return { toJSON() { return JSON.stringify(this) } }`, "RangeError: Maximum call stack"),
		throws("deep recursion through proxies", `const p = new Proxy({}, { get(t, k, r) { return r[k] } }); return p.x`, "RangeError: Maximum call stack"),
		throws("deep recursion through getPrototypeOf", `let p = new Proxy({}, { getPrototypeOf() { return p } }); return Object.create(p) instanceof class {}`, "RangeError: Maximum call stack"),
		throws("deep recursion through eval", `const f = () => eval("f()"); return f()`, "RangeError: Maximum call stack"),
		throws("deep recursion through new Function", `globalThis.f = new Function("return f() + 1"); return f()`, "RangeError: Maximum call stack"),
		throws("deep recursion through sort", `const f = () => [2, 1].sort(f); return f()`, "RangeError: Maximum call stack"),
		throws("deep recursion through replace", `const f = () => "a".replace(/a/, f); return f()`, "RangeError: Maximum call stack"),
		throws("deep recursion through apply", `const f = () => Reflect.apply(f, null, []); return f()`, "RangeError: Maximum call stack"),
		throws("deep recursion through toString", `const o = { toString() { return "" + this } }; return "" + o`, "RangeError: Maximum call stack"),
		throws("deep recursion through generators", `function* g() { yield* g() } return [...g()]`, "RangeError: Maximum call stack"),
		throws("deep recursion through the host", `const f = () => new URL({ toString: f }); return f()`, "RangeError: Maximum call stack"),
		throws("deep recursion through console", `const f = (n) => { console.log("%s %o", { n }, [n]); return f(n + 1) }; return f(0)`, "RangeError: Maximum call stack"),
		throws("deep recursion through a clone", `let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; structuredClone(o)`, "RangeError: Maximum call stack"),
		throws("a deep reply", `let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; return o`, "RangeError: Maximum call stack"),
		throws("a deep thenable", `let p = 1; for (let i = 0; i < 1e4; i++) { const q = p; p = { then(r) { r(q) } } } return Promise.resolve(p).then(() => { throw new Error("deep") })`, "deep"),
		throws("a deep regular expression", `return new RegExp("(".repeat(1e5) + ")".repeat(1e5))`, "SyntaxError"),
		throws("deep source", `return new Function("return " + "(".repeat(1e5) + "1" + ")".repeat(1e5))`, "RangeError: Maximum call stack"),
		throws("deep json", `return JSON.parse("[".repeat(1e5))`, "SyntaxError"),
		throws("a deep proxy", `let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x`, "RangeError: Maximum call stack"),
		{
			name: "dynamic import by another name", body: `const name = "node:" + "fs"; return import(name)`,
			want: function.Exception, message: "finds no modules at run time", modes: every,
		},
		{
			name: "dynamic import of data", body: `const url = "data:text/javascript,export default 1"; return import(url)`,
			want: function.Exception, message: "finds no modules at run time", modes: every,
		},
		{
			name: "dynamic import in eval", body: `return eval("import('x')")`,
			want: function.Exception, message: "finds no modules at run time", modes: every,
		},
		throws("static import in eval", `return eval("import 'x'")`, "SyntaxError"),
		{
			name: "dynamic import in a microtask", body: `const name = "x"; return Promise.resolve().then(() => import(name))`,
			want: function.Exception, message: "finds no modules at run time", modes: every,
		},
		{
			name: "dynamic import whose text loops", body: `return import({ toString() { for(;;); } })`,
			want: function.ExceededCPU, message: cpuMessage, condemned: true,
		},
		{name: "dynamic import that is caught", body: `const name = "x"; return import(name).catch((e) => e.name)`, want: function.OK, message: "TypeError"},
		throws("a deep dynamic import", `const f = () => import("x" + f()); return f()`, "RangeError: Maximum call stack"),
		throws("import.meta in eval", `return eval("import.meta")`, "SyntaxError"),
		throws("require", `return (0, eval)("require")("fs")`, "ReferenceError"),
		throws("a reply that is a symbol", `return Symbol("s")`, "symbol"),
		throws("a reply that is a function", `return () => 1`, "function"),
		throws("a reply that is a class", `return class {}`, "function"),
		throws("a reply that is a big integer", `return 1n`, "bigint"),
		throws("a reply with a big integer", `return { a: [{ b: 1n }] }`, "a[0].b is a BigInt"),
		throws("a reply in a circle", `const o = { a: [] }; o.a.push(o); return o`, "circular"),
		throws("a reply whose toJSON returns nothing", `return { toJSON() {} }`, "toJSON"),
		throws("a reply that is a revoked proxy", `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy`, "TypeError"),
		throws("an async reply that is a revoked proxy", `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return [proxy]`, "TypeError"),
		throws("a reply that is a proxy that throws", `return new Proxy({}, { ownKeys() { throw new Error("trap") } })`, "trap"),
		throws("a reply whose getter throws", `return { get x() { throw new Error("getter") } }`, "getter"),
		throws("an iterator's return that throws", `for (const x of { [Symbol.iterator]() { return { next: () => ({ value: "got" }), return() { throw new Error("no") } } } }) { try { return x } finally { return "kept" } }`, "no"),
		throws("a reply that is detached", `const b = new ArrayBuffer(8); b.transfer(); return b`, "detached"),
		throws("a then that throws", `return { get then() { throw new Error("then") } }`, "then"),
		throws("a response that was read", `const r = new Response("x"); return r.text().then(() => r)`, "read already"),
		throws("an error response", `return Response.error()`, "cannot be a reply"),
		{name: "thrown while loading", top: `throw Object.defineProperty({}, "toString", { get() { throw 1 } });`, want: function.Exception, modes: apart, broken: true},
		{name: "a revoked proxy thrown while loading", top: `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy;`, want: function.Exception, modes: apart, broken: true},
		{name: "deep recursion while loading", top: `const f = () => f() + 1; f();`, want: function.Exception, message: "RangeError: Maximum call stack", modes: apart, broken: true},
	})
}

// HostileReplies is a test of every engine.
func HostileReplies(t *testing.T, e Engine) {
	t.Helper()
	runHostile(t, e, []hostile{
		returns("a deep bound function", `let f = () => 1; for (let i = 0; i < 1e4; i++) f = f.bind(null); return f()`, "1"),
		returns("a proxy", `return new Proxy({ a: 1 }, {})`, `{"a":1}`),
		returns("a proxy of a promise", `return new Proxy(Promise.resolve(1), { get: (t, k) => k === "then" ? t.then.bind(t) : t[k] })`, "1"),
		returns("an array with a hole", `return [, 1]`, "[null,1]"),
		returns("not a number", `return NaN`, "null"),
		returns("a boxed string", `return Object("boxed")`, `"boxed"`),
		returns("document.all's kind", `return { undefined, f() {}, [Symbol("s")]: 1 }`, "{}"),
		returns("a date", `return new Date(0)`, `"1970-01-01T00:00:00.000Z"`),
		returns("a map", `return new Map([[1, 2]])`, "{}"),
		returns("a broken surrogate", `return "\ud800x"`, "\ufffdx"),
		returns("a zero", `return "a\0b"`, "a\x00b"),
		returns("a large reply", `return "x".repeat(4e6)`, "xxxx"),
		returns("a thenable in a thenable", `return { then(r) { r({ then(s) { s("in") } }) } }`, "in"),
		returns("a thenable that settles twice", `return { then(r, j) { r("first"); j(new Error("second")); r("third"); throw new Error("fourth") } }`, "first"),
		returns("a promise of a class of its own", `class P extends Promise {} return new P(r => r("mine"))`, "mine"),
		returns("a getter that changes the reply", `let n = 0; return { get a() { return ++n } }`, `{"a":1}`),
		returns("an empty array buffer", `return new ArrayBuffer(0)`, ""),
		returns("a view of a detached buffer", `const b = new Uint8Array(8); b.buffer.transfer(); return b`, ""),
		returns("a buffer that is detached behind the reply", `const b = new Uint8Array(8); queueMicrotask(() => b.buffer.transfer()); return b`, ""),
		returns("a buffer that shrinks behind the reply", `const b = new ArrayBuffer(8, { maxByteLength: 16 }); queueMicrotask(() => b.resize(2)); return new Uint8Array(b)`, ""),
		returns("a buffer that grows behind the reply", `const b = new ArrayBuffer(8, { maxByteLength: 16 }); queueMicrotask(() => b.resize(16)); return new Uint8Array(b)`, ""),
		returns("a view out of bounds", `const b = new ArrayBuffer(8, { maxByteLength: 16 }); const v = new Uint8Array(b, 4, 4); b.resize(2); return v`, ""),
		returns("a shared buffer", `return new Uint8Array(new SharedArrayBuffer(3)).fill(65)`, "AAA"),
		returns("a data view", `const v = new DataView(new ArrayBuffer(2)); v.setUint8(1, 65); return v`, "\x00A"),
		returns("weak references", `const r = new WeakRef({}); const f = new FinalizationRegistry(() => { for(;;); }); f.register({}, 1); for (let i = 0; i < 1e3; i++) f.register([i], i); return typeof r`, "object"),
		returns("a finalization registry over turns", `const f = new FinalizationRegistry(() => { for(;;); }); for (let i = 0; i < 1e4; i++) f.register({}, i); return new Promise(r => setTimeout(() => { new Array(1e5).fill(0); r("turned") }, 1))`, "turned"),
		returns("Symbol.dispose", `return (async () => { const d = Symbol.asyncDispose ?? Symbol("x"); const o = { async [d]() { throw new Error("x") } }; return typeof d })()`, "symbol"),
		returns("the debugger", `debugger; return "on"`, "on"),
		returns("with", `return new Function("o", "with (o) return x")({ x: "with" })`, "with"),
		returns("Error.stackTraceLimit", `Error.stackTraceLimit = Infinity; const f = n => n ? f(n - 1) : new Error("x").stack.length; return f(1000) > 1000`, "true"),
		returns("Error.stackTraceLimit that is no number", `Error.stackTraceLimit = { valueOf() { for(;;); } }; return new Error("x").stack ?? "none"`, ""),
		returns("a global that is frozen", `Object.freeze(globalThis); return "frozen"`, "frozen"),
		returns("a process of nothing", `return [typeof process, typeof require, typeof Deno, typeof d8, typeof print, typeof load, typeof quit, typeof gc, typeof Worker, typeof importScripts].join()`, "undefined,undefined,undefined,undefined,undefined,undefined,undefined,undefined,undefined,undefined"),
		returns("natives syntax", `try { new Function("%DebugPrint(1)") } catch (e) { return e.name }`, "SyntaxError"),
		{
			name: "prepareStackTrace that throws", top: `Error.prepareStackTrace = () => { throw new Error("mine") };`, body: `throw new Error("x")`,
			want: function.Exception, message: "x", modes: apart,
		},
		{
			name: "prepareStackTrace that returns a proxy", top: `Error.prepareStackTrace = () => new Proxy({}, { get() { throw 1 } });`, body: `throw new Error("x")`,
			want: function.Exception, message: "x", modes: apart,
		},
		{
			name: "prepareStackTrace that throws itself while loading", top: `Error.prepareStackTrace = () => { throw new Error("mine") }; throw new Error("x");`,
			want: function.Exception, modes: apart, broken: true,
		},
		{
			name: "a late answer", body: `return new Promise(r => { setTimeout(() => { r("late"); setTimeout(() => r("later"), 1) }, 1) })`,
			want: function.OK, message: "late", modes: apart, limits: func(l *function.Limits) { l.Wall = time.Second },
		},
	})
}
