package conformance

import (
	"bytes"
	"fmt"
	"log/slog"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// tamperable is a module that runs what the payload tells it, and probes what the host
// does for it. The probes use no built-in that can be tampered with: what they show is
// the host's doing.
const tamperable = `
// P is for tests.
const P = Promise, later = setTimeout, Range = RangeError, R = Response, log = console.log, F = Function, U8 = Uint8Array;
const bytes = new U8([65, 0, 66]), mark = Symbol("mark"), getHeader = Headers.prototype.get;
const construct = Reflect.construct, apply = Reflect.apply, define = Object.defineProperty;
const code = (text) => construct(F, [text]);
const probes = {
  __proto__: null,
  text: () => "text",
  json: () => ({ __proto__: null, a: 1, b: [true, null, "x"] }),
  async: async () => "async",
  chain: async () => { await null; await null; return "chain" },
  bytes: () => bytes,
  nothing: () => undefined,
  response: () => new R("body", { __proto__: null, status: 202, headers: { __proto__: null, "x-a": "1", "x-b": "2" } }),
  throws: () => { throw new Range("mine") },
  rejects: async () => { throw new Range("mine") },
  thrown: () => { throw "text" },
  symbol: () => mark,
  timer: () => new P((r) => { later(r, 1, "timer") }),
  console: () => { log("logged %s", "line"); log({ __proto__: null, a: [1] }); return "console" },
  in: (m) => m.json().in,
  body: (m) => m.text(),
  raw: (m) => m.bytes(),
  header: (m) => apply(getHeader, m.headers, ["x-in"]),
  subject: (m) => m.subject,
  env: (m, c) => c.env.GREETING,
  invocation: (m, c) => c.invocation.id,
  publish: async (m, c) => (await c.nats.publish("a.b", "x", { __proto__: null, ack: true, msgId: "m", headers: { __proto__: null, "x-a": "1" } })).stream,
  request: async (m, c) => { const r = await c.nats.request("echo", { __proto__: null, a: [1] }); return r.text() + apply(getHeader, r.headers, ["x-b"]) },
  denied: (m, c) => c.nats.publish("denied", "x"),
  kv: async (m, c) => { const b = c.kv("carts"); const n = await b.put("k", bytes); const e = await b.get("k"); return e.text() + n + e.revision },
  keys: (m, c) => c.kv("carts").keys(),
  waits: (m, c) => { c.waitUntil(new P((r) => later(r, 1))); return "waits" },
  aborts: (m, c) => new P((r) => { c.signal.addEventListener("abort", () => log("aborted")) }),
};
export default (m, c) => {
  const { probe, run } = m.json();
  if (run !== undefined) { code(run)(); return "tampered" }
  return probes[probe](m, c);
};
`

var tamperProbes = []string{
	"text", "json", "async", "chain", "bytes", "nothing", "response", "throws", "rejects", "thrown", "symbol", "timer", "console",
	"in", "body", "raw", "header", "subject", "env", "invocation",
	"publish", "request", "denied", "kv", "keys", "waits", "aborts",
}

// Tampering is what a function does to its own context, by name.
func Tampering() map[string]string {
	throwing := func(target, key string) string {
		return fmt.Sprintf(`Object.defineProperty(%s, %q, { value() { throw new Error("tampered") }, configurable: true, writable: true })`, target, key)
	}
	all := map[string]string{
		"nothing":               ``,
		"Symbol.iterator":       `Array.prototype[Symbol.iterator] = function () { throw new Error("tampered") }`,
		"Promise.species":       `Object.defineProperty(Promise, Symbol.species, { get() { throw new Error("tampered") } })`,
		"Promise.constructor":   `Object.defineProperty(Promise.prototype, "constructor", { get() { return function (executor) { executor(() => {}, () => {}) } }, configurable: true })`,
		"Array.species":         `Object.defineProperty(Array, Symbol.species, { get() { throw new Error("tampered") } })`,
		"RegExp.exec":           `RegExp.prototype.exec = () => { throw new Error("tampered") }`,
		"Symbol.split":          `RegExp.prototype[Symbol.split] = () => { throw new Error("tampered") }`,
		"Symbol.toPrimitive":    `for (const C of [Object, String, Number, Error]) C.prototype[Symbol.toPrimitive] = () => "tampered"`,
		"prepareStackTrace":     `Error.prepareStackTrace = () => { throw new Error("tampered") }`,
		"stackTraceLimit":       `Error.stackTraceLimit = 0`,
		"stackTraceLimit gone":  `delete Error.stackTraceLimit; Object.defineProperty(Error, "stackTraceLimit", { get() { throw new Error("tampered") } })`,
		"Object.prototype null": `for (const k of Reflect.ownKeys(Object.prototype)) if (k !== "__proto__") delete Object.prototype[k]`,
		"frozen language":       `for (const C of [Object, Array, Function, Promise, Map, Set, Error, String, Uint8Array, Response, Headers, AbortSignal]) { Object.freeze(C); Object.freeze(C.prototype) } Object.freeze(globalThis)`,
		"fetch and timers":      `globalThis.fetch = globalThis.setTimeout = globalThis.clearTimeout = globalThis.queueMicrotask = globalThis.console = globalThis.structuredClone = () => { throw new Error("tampered") }`,
		"message prototype":     `Object.defineProperty(globalThis, "message", { get() { throw new Error("tampered") } })`,
		"Function.prototype":    `Object.setPrototypeOf(Function.prototype, new Proxy({}, { get(t, k) { throw new Error("tampered " + String(k)) } }))`,
		"Object.prototype call": `Object.prototype.apply = Object.prototype.call = Object.prototype.bind = () => "tampered"`,
		"Error classes":         `for (const C of [Error, RangeError, TypeError]) { C.prototype.toString = () => "tampered"; }`,
		"headers":               `for (const k of ["get", "set", "append", "entries", "forEach", "keys"]) Headers.prototype[k] = () => { throw new Error("tampered") }; Headers.prototype[Symbol.iterator] = Headers.prototype.keys`,
		"response":              `for (const k of ["status", "headers", "body", "type"]) Object.defineProperty(Response.prototype, k, { get() { throw new Error("tampered") } }); globalThis.Response = globalThis.Headers = undefined`,
		"events":                `EventTarget.prototype.dispatchEvent = Event = CustomEvent = () => { throw new Error("tampered") }; AbortController.prototype.abort = EventTarget.prototype.dispatchEvent`,
		"typed arrays": `
// T is for tests.
const T = Object.getPrototypeOf(Uint8Array.prototype);
for (const k of ["byteLength", "byteOffset", "buffer", "length"]) Object.defineProperty(T, k, { get() { throw new Error("tampered") } });
for (const k of ["set", "subarray", "slice"]) T[k] = () => { throw new Error("tampered") };`,
		"array indices": `
for (let i = 0; i < 16; i++) Object.defineProperty(Array.prototype, i, { get() { throw new Error("tampered") }, set() { throw new Error("tampered") }, configurable: true });`,
		"object properties": `
for (const k of ["then", "kind", "text", "bytes", "headers", "status", "answered", "over", "id", "next", "value", "done", "get", "set", "inv", "op", "flags",
  "waiting", "timers", "subrequests", "controller", "aborted", "timer", "resolve", "reject", "name", "message", "stack", "type", "signal", "promise", "toJSON"])
  Object.defineProperty(Object.prototype, k, { __proto__: null, get() { return undefined }, set(v) { throw new Error("tampered " + k) }, configurable: true });`,
		"object getters that throw": `
for (const k of ["kind", "text", "bytes", "answered", "over", "next", "inv", "op", "flags", "waiting", "timers", "subrequests", "controller", "aborted", "timer", "promise"])
  Object.defineProperty(Object.prototype, k, { __proto__: null, get() { throw new Error("tampered " + k) }, set(v) { throw new Error("tampered " + k) }, configurable: true });`,
	}
	for target, keys := range map[string][]string{
		"Array.prototype":    {"push", "map", "join", "slice", "splice", "concat", "indexOf", "toString", "sort", "forEach"},
		"Promise.prototype":  {"then", "catch", "finally"},
		"Promise":            {"resolve", "reject", "all"},
		"JSON":               {"stringify", "parse"},
		"Object.prototype":   {"toString", "hasOwnProperty", "valueOf"},
		"Function.prototype": {"call", "apply", "bind", "toString"},
		"Map.prototype":      {"get", "set", "delete", "has"},
		"Set.prototype":      {"add", "has"},
		"WeakRef.prototype":  {"deref"},
		"String.prototype":   {"slice", "indexOf", "charCodeAt", "toLowerCase", "split", "replace", "toString", "valueOf", "padEnd", "repeat", "concat", "toWellFormed"},
		"Number.prototype":   {"toString", "toFixed", "valueOf"},
		"Reflect":            {"apply", "construct", "ownKeys", "get"},
		"Object":             {"defineProperty", "create", "freeze", "keys", "getPrototypeOf", "setPrototypeOf", "getOwnPropertyDescriptor", "assign"},
		"Date":               {"now"},
		"Array":              {"isArray", "from"},
		"String":             {"fromCharCode"},
		"ArrayBuffer":        {"isView"},
		"Error":              {"captureStackTrace", "isError"},
		"Math":               {"max", "min", "floor", "trunc"},
	} {
		for _, key := range keys {
			all[target+"."+key] = throwing(target, key)
		}
	}
	for _, name := range []string{"Promise", "Map", "Set", "Array", "Error", "Uint8Array", "SharedArrayBuffer", "ArrayBuffer", "Object", "Function", "String", "Symbol", "Reflect", "JSON", "RangeError", "TypeError", "WeakRef", "Proxy"} {
		all["globalThis."+name] = fmt.Sprintf(`globalThis[%q] = function () { throw new Error("tampered") }`, name)
	}
	return all
}

// tamperLoop is a loop whose console output is kept.
func tamperLoop(tb testing.TB, e Engine) (*Loop, *bytes.Buffer) {
	tb.Helper()
	var logs bytes.Buffer
	l := NewLoop(tb, e, func(c *jsruntime.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
		c.Limits.Heap = SmallHeap
		c.Messenger, c.Buckets = plainHost{}, plainHost{}
	})
	return l, &logs
}

func tamperFunction(tb testing.TB, mode function.Isolation) *bundle.Function {
	tb.Helper()
	return Module(tb, "tamper", tamperable, func(m *function.Manifest) {
		m.Isolation = mode
		m.Permissions.NATS = function.NATSPermissions{Publish: []string{"a.*"}, Request: []string{"echo"}}
		m.Permissions.KV = []string{"carts"}
		m.Env = map[string]string{"GREETING": "hi"}
		m.Limits.Wall, m.Limits.CPU = time.Second, time.Second
	})
}

// used is what differs from call to call.
var used = regexp.MustCompile(`\(used [^)]*\)`)

// probe invokes fn and tells all that the caller would see of it.
func (l *Loop) probe(t *testing.T, fn *bundle.Function, logs *bytes.Buffer, payload string) string {
	t.Helper()
	logs.Reset()
	delete(l.Results, payload)
	inv := &function.Invocation{
		ID: "id", Function: fn.Name, Subject: "fn.tamper", Header: function.Header{"X-In": {"head"}}, Payload: []byte(payload), Attempt: 1,
	}
	require.NoError(t, l.Runtime.Invoke(inv, fn, func(r *function.Result) {
		require.NotContains(t, l.Results, payload, "answered twice")
		l.Results[payload] = r
	}))
	require.NoError(t, l.Run())
	r := l.Results[payload]
	require.NotNil(t, r)
	message := used.ReplaceAllString(r.Message, "(used)")
	return fmt.Sprintf("%s %d %v %q %q\n%s", r.Outcome, r.Status, r.Header, r.Body, message, logs)
}

func probePayload(name string) string { return fmt.Sprintf(`{"probe":%q,"in":"inside"}`, name) }

// TamperingChangesNothingOfTheHosts is a test. A function that tampers with the language changes nothing that the host does for it
// later in the same context: bodies, headers, status, errors, timers, console, signals.
func TamperingChangesNothingOfTheHosts(t *testing.T, e Engine) {
	t.Helper()
	want := map[string]string{}
	sound, logs := tamperLoop(t, e)
	for _, name := range tamperProbes {
		want[name] = sound.probe(t, tamperFunction(t, function.Warm), logs, probePayload(name))
	}
	require.Contains(t, want["response"], `ok 202 map[Content-Type:[text/plain;charset=UTF-8] x-a:[1] x-b:[2]] "body"`)
	require.Contains(t, want["publish"], `"S x m 1"`)
	require.Contains(t, want["request"], `"{\"a\":[1]}head"`)
	require.Contains(t, want["denied"], "PermissionDeniedError")
	require.Contains(t, want["kv"], `"A\x00B57"`)
	require.Contains(t, want["keys"], `"[\"a\",\"b\"]"`)
	require.Contains(t, want["throws"], "RangeError: mine")
	require.Contains(t, want["aborts"], "timeout 0")
	require.Contains(t, want["aborts"], "text=aborted")
	require.Contains(t, want["console"], `text="logged line"`)
	require.Contains(t, want["header"], `"head"`)

	for name, run := range Tampering() {
		t.Run(name, func(t *testing.T) {
			if why := e.Cases[name].Skip; why != "" {
				t.Skip(why)
			}
			l, logs := tamperLoop(t, e)
			fn := tamperFunction(t, function.Warm)
			require.Contains(t, l.probe(t, fn, logs, fmt.Sprintf(`{"run":%q}`, run)), `"tampered"`)
			var wrong []string
			for _, probe := range tamperProbes {
				if probe == "aborts" && len(name)%16 != 0 {
					continue // it waits for its wall limit
				}
				if got := l.probe(t, fn, logs, probePayload(probe)); got != want[probe] {
					wrong = append(wrong, fmt.Sprintf("%s: %s, want %s", probe, got, want[probe]))
				}
			}
			require.Empty(t, wrong)
			l.ServesHello(t)
			fresh := tamperFunction(t, function.PerContext)
			require.Equal(t, want["json"], l.probe(t, fresh, logs, probePayload("json")), "a context of its own")
		})
	}
}
