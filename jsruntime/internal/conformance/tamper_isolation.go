package conformance

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// leaks are the ways in which one call might leave something for another: write
// changes what read returns. All but the last few persist in a warm context.
var leaks = map[string]struct{ write, read string }{
	"a global":            {`globalThis.left = 1`, `globalThis.left`},
	"a module's variable": {`left++`, `left`},
	"a closure":           {`inner()`, `inner.n`},
	"a prototype":         {`Object.prototype.left = 1`, `({}).left`},
	"a built-in":          {`Array.prototype.push = 1`, `typeof [].push`},
	"a host class":        {`Headers.prototype.left = 1`, `Headers.prototype.left`},
	"a message's class":   {`Object.getPrototypeOf(msg).left = 1`, `msg.left`},
	"a context's class":   {`Object.getPrototypeOf(ctx).left = 1`, `ctx.left`},
	"regexp statics":      {`/(l)(e)(f)t/.exec("left")`, `RegExp.$1 + RegExp.lastMatch`},
	"a template object":   {`tag().left = tagged; tagged.add(tag())`, `tagged.has(tag())`},
	"a trace limit":       {`Error.stackTraceLimit = 3`, `Error.stackTraceLimit`},
	"prepareStackTrace":   {`Error.prepareStackTrace = () => "left"`, `new Error("x").stack === "left"`},
	"a console group":     {`console.group("left"); console.count("left")`, `console.counted`},
	"a timer's class":     {`globalThis.setTimeout = 1`, `typeof setTimeout`},
	"an iterator":         {`Object.getPrototypeOf([][Symbol.iterator]()).left = 1`, `[][Symbol.iterator]().left`},
	"an async function":   {`Object.getPrototypeOf(async () => {}).left = 1`, `(async () => {}).left`},
	"a generator":         {`Object.getPrototypeOf(function* () {}).left = 1`, `(function* () {}).left`},
	"intl":                {`Intl.DateTimeFormat = 1`, `typeof Intl.DateTimeFormat`},
	"webassembly":         {`WebAssembly.left = 1`, `WebAssembly.left`},
	"env":                 {`try { ctx.env.left = 1 } catch {}`, `ctx.env.left`},
	"an import's cache":   {`(0, eval)("var left2 = 1; function left3() {}")`, `typeof left2 + typeof left3`},
	"a symbol":            {`globalThis[Symbol.for("left")] = 1`, `globalThis[Symbol.for("left")]`},
}

const leaking = `
let left = 0; const tagged = new WeakSet(); const tag = () => (s => s)` + "`x`" + `;
function inner() { inner.n = (inner.n ?? 0) + 1 }
export default (msg, ctx) => String(new Function("msg", "ctx", "inner", "tag", "tagged", "access", msg.text())(msg, ctx, inner, tag, tagged, { get left() { return left }, set left(v) { left = v } }));
`

// CallsSeeNothingOfOthers is a test. Two functions never see each other's leavings; two calls of one function do in a warm
// context alone.
func CallsSeeNothingOfOthers(t *testing.T, e Engine) {
	t.Helper()
	rewrite := func(code string) string { // a module's variable is reached through an accessor
		if code == "left++" || code == "left" {
			return "access." + code
		}
		return code
	}
	for name, leak := range leaks {
		write, read := []byte(rewrite(leak.write)), []byte("return "+rewrite(leak.read))
		for _, mode := range every {
			t.Run(name+"/"+string(mode), func(t *testing.T) {
				e.pinned(t, leak.write)
				isolated := func(m *function.Manifest) {
					Patiently(m)
					m.Isolation = mode
				}
				reader := Module(t, "reader", leaking, isolated)
				l := NewHostileLoop(t, e)
				before, err := l.Call(reader, read)
				require.NoError(t, err)
				require.Equal(t, function.OK, before.Outcome, before.Message)

				writer := Module(t, "writer", leaking, isolated)
				for range 2 {
					r, err := l.Call(writer, write)
					require.NoError(t, err)
					require.Equal(t, function.OK, r.Outcome, r.Message)
				}
				after, err := l.Call(reader, read)
				require.NoError(t, err)
				require.Equal(t, string(before.Body), string(after.Body), "another function's")

				own, err := l.Call(writer, read)
				require.NoError(t, err)
				if mode != function.Warm {
					require.Equal(t, string(before.Body), string(own.Body), "another call's")
				}
			})
		}
	}
	t.Run("the leaks are leaks", func(t *testing.T) {
		kept := map[string]bool{"env": true, "a console group": true}
		for name, leak := range leaks {
			if e.Pinned && (name == "intl" || name == "webassembly") || e.Cases[name].Skip != "" {
				continue
			}
			l := NewHostileLoop(t, e)
			fn := Module(t, "writer", leaking, Patiently)
			before, err := l.Call(fn, []byte("return "+rewrite(leak.read)))
			require.NoError(t, err)
			_, err = l.Call(fn, []byte(rewrite(leak.write)))
			require.NoError(t, err)
			after, err := l.Call(fn, []byte("return "+rewrite(leak.read)))
			require.NoError(t, err)
			require.Equal(t, kept[name], string(before.Body) == string(after.Body), name)
		}
	})
}

// recorder patches every function that it can reach so that arguments and receivers are
// kept, and tells whether a text is anywhere in them.
const recorder = `
const { apply, construct, ownKeys, getPrototypeOf } = Reflect;
const define = Object.defineProperty, describe = Object.getOwnPropertyDescriptor;
const includes = apply.call.bind(String.prototype.includes), later = setTimeout, P = Promise;
const setHas = apply.call.bind(Set.prototype.has), setAdd = apply.call.bind(Set.prototype.add), S = Set;
const isView = ArrayBuffer.isView, fromCharCode = String.fromCharCode, U8 = Uint8Array;
const kept = { __proto__: null, n: 0, on: false };
function keep(values) { if (kept.on) { define(kept, kept.n++, { __proto__: null, value: values, configurable: true }); } }
function wrap(f) {
  const w = function (...args) {
    keep({ __proto__: null, self: this, args });
    return new.target ? construct(f, args, new.target === w ? f : new.target) : apply(f, this, args);
  };
  return w;
}
const patched = new S();
function patch(object, depth) {
  if (object === null || (typeof object !== "object" && typeof object !== "function") || setHas(patched, object) || depth > 6) return;
  setAdd(patched, object);
  const keys = ownKeys(object);
  for (let i = 0; i < keys.length; i++) {
    const d = describe(object, keys[i]);
    if (!d) continue;
    if ("value" in d) {
      patch(d.value, depth + 1);
      if (typeof d.value === "function" && d.configurable && keys[i] !== "constructor" && keys[i] !== "prototype") {
        const w = wrap(d.value);
        try { define(w, "prototype", { __proto__: null, value: d.value.prototype }) } catch {}
        define(object, keys[i], { __proto__: null, value: w, writable: true, configurable: true });
      }
    } else if (d.configurable) {
      const get = d.get && wrap(d.get), set = d.set && wrap(d.set);
      define(object, keys[i], { __proto__: null, get, set, configurable: true });
    }
  }
  patch(getPrototypeOf(object), depth + 1);
}
function finds(value, text, seen, depth) {
  if (typeof value === "string") return includes(value, text);
  if (value === null || (typeof value !== "object" && typeof value !== "function") || depth > 6) return false;
  if (setHas(seen, value)) return false;
  setAdd(seen, value);
  if (isView(value)) { let s = ""; for (let i = 0; i < value.length && i < 4096; i++) s += fromCharCode(value[i]); return includes(s, text) }
  const keys = ownKeys(value);
  for (let i = 0; i < keys.length; i++) {
    const d = describe(value, keys[i]);
    if (d && "value" in d && (finds(d.value, text, seen, depth + 1))) return true;
  }
  return false;
}
const traps = ["then", "kind", "text", "bytes", "headers", "status", "answered", "over", "id", "next", "value", "done", "get", "set", "inv", "toJSON", "message", "stack", "subject", "secret"];
function attack() {
  patch(globalThis, 0);
  for (let i = 0; i < traps.length; i++) {
    define(Object.prototype, traps[i], {
      __proto__: null, configurable: true,
      get() { keep({ __proto__: null, self: this }); return undefined },
      set(v) { keep({ __proto__: null, self: this, v }); define(this, traps[i], { __proto__: null, value: v, writable: true, configurable: true, enumerable: true }) },
    });
  }
  for (let i = 0; i < 8; i++) {
    define(Array.prototype, i, {
      __proto__: null, configurable: true, get() { keep({ __proto__: null, self: this }); return undefined },
      set(v) { keep({ __proto__: null, self: this, v }); define(this, i, { __proto__: null, value: v, writable: true, configurable: true, enumerable: true }) },
    });
  }
  Error.prepareStackTrace = (e, sites) => { keep({ __proto__: null, e, sites }); return "" };
  kept.on = true;
}
function told() {
  kept.on = false;
  let found = 0;
  for (let i = 0; i < kept.n; i++) if (finds(kept[i], "s3cret", new S(), 0)) found++;
  return "kept " + (kept.n > 0) + " found " + found;
}
`

// TamperingSeesNoOtherMessage is a test. A function that patches all it can reach while others of its invocations are in
// flight does not see their messages in what the host does.
func TamperingSeesNoOtherMessage(t *testing.T, e Engine) {
	t.Helper()
	if !e.New().Shares() {
		t.Skip("no two invocations share an isolate")
	}
	l := NewHostileLoop(t, e)
	fn := Module(t, "recorder", recorder+`
export default (msg, ctx) => {
  if (msg.subject === "attack") { attack(); return "on" }
  if (msg.subject === "told") return told();
  if (msg.subject === "attack.seen") { kept.on = true; "seen".concat(msg.text()); return "seen" }
  const want = msg.subject;
  return new P((resolve, reject) => later(() => {
    if (want === "text") msg.text();
    if (want === "json") msg.json();
    if (want === "bytes") msg.bytes();
    if (want === "headers") msg.headers;
    if (want === "invocation") ctx.invocation;
    if (want === "waits") ctx.waitUntil(new P((r) => later(r, 1)));
    if (want === "signal") ctx.signal;
    if (want === "echo") { resolve(msg.text()); return }
    if (want === "throws") { reject("no"); return }
    resolve("done");
  }, 1));
}`, func(m *function.Manifest) { m.Limits.CPU = 10 * time.Second })
	send := func(subject string) {
		inv := &function.Invocation{
			ID: subject + " s3cret", Function: fn.Name, Subject: subject, Attempt: 1,
			Header: function.Header{"X-Secret": {"s3cret"}}, Payload: fmt.Appendf(nil, `{"secret":"s3cret of %s"}`, subject),
		}
		require.NoError(t, l.Runtime.Invoke(inv, fn, func(r *function.Result) { l.Results[subject] = r }))
	}
	subjects := []string{"text", "json", "bytes", "headers", "invocation", "waits", "signal", "echo", "throws", "plain"}
	for round := range 2 {
		if round == 1 {
			send("attack") // the victims of the first round are in flight
			require.Equal(t, "on", string(l.Results["attack"].Body), l.Results["attack"].Message)
		}
		for _, s := range subjects {
			send(s)
		}
	}
	require.NoError(t, l.Run())
	require.Contains(t, string(l.Results["echo"].Body), "s3cret of echo")
	send("told")
	require.Equal(t, "kept true found 0", string(l.Results["told"].Body), l.Results["told"].Message)

	send("attack.seen") // calls a patched method with its own message
	require.Equal(t, "seen", string(l.Results["attack.seen"].Body))
	send("told")
	require.NotContains(t, string(l.Results["told"].Body), "found 0", "the recorder records nothing")
	l.ServesHello(t)
}
