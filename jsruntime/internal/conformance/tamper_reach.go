package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// walker walks all that can be reached from given objects: own properties of every kind
// of key, prototypes, what getters return, constructors. It collects what no function
// should get hold of.
const walker = `
const functionPrototype = Function.prototype, objectPrototype = Object.prototype;
// SAB is for tests.
const SAB = SharedArrayBuffer, byteLength = Object.getOwnPropertyDescriptor(SAB.prototype, "byteLength").get;
const viewBuffer = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "buffer").get;
const source = Function.prototype.toString;
const hostKeys = [["call", "start", "cancel"], ["control", "ctl"], ["start", "resume", "abort"], ["newHeaders", "describeError"], ["inv", "op", "flags"], ["answered", "over", "waiting"]];
function brands(value, found, path) {
  try { Reflect.apply(byteLength, value, []); found.push("shared memory at " + path) } catch {}
  try { Reflect.apply(byteLength, Reflect.apply(viewBuffer, value, []), []); found.push("a view of shared memory at " + path) } catch {}
  for (const keys of hostKeys) if (keys.every((k) => Object.hasOwn(value, k))) found.push("the host's " + keys.join() + " at " + path);
  let root = value, steps = 0, callable = false;
  while (Object.getPrototypeOf(root) !== null && steps++ < 100) { root = Object.getPrototypeOf(root); callable ||= root === functionPrototype }
  if (typeof value === "function" && !callable && value !== functionPrototype && root !== value) found.push("a function of another realm at " + path);
  if (root !== objectPrototype && Object.hasOwn(root, "hasOwnProperty")) found.push("another realm's Object at " + path);
  if (typeof value === "function") {
    const text = Reflect.apply(source, value, []);
    if (/border|invocations|operations\b/.test(text) && !/class|#/.test(text)) found.push("host code at " + path + ": " + text.slice(0, 80));
  }
}
function walk(things) {
  const seen = new Set(), found = [], queue = Object.entries(things).filter(([, value]) => Object(value) === value).map(([path, value]) => [value, path, 0]);
  const add = (value, path, depth) => {
    if ((typeof value === "object" && value !== null) || typeof value === "function") queue.push([value, path, depth + 1]);
  };
  for (let at = 0; at < queue.length; at++) {
    const [value, path, depth] = queue[at];
    if (seen.has(value) || depth > 10 || value === hostKeys || value === things || value === seen || value === queue || value === found) continue;
    seen.add(value);
    try { brands(value, found, path) } catch (e) { found.push(path + ": " + e) }
    for (const key of Reflect.ownKeys(value)) {
      const d = Object.getOwnPropertyDescriptor(value, key), name = path + "." + String(key);
      if (!d) continue;
      if ("value" in d) { add(d.value, name, depth); continue }
      add(d.get, "get " + name, depth);
      add(d.set, "set " + name, depth);
      if (d.get) for (const self of [value, things.msg, things.ctx, undefined]) { try { add(Reflect.apply(d.get, self, []), name + "()", depth) } catch (e) { add(e, name + " throws", depth) } }
    }
    add(Object.getPrototypeOf(value), path + ".__proto__", depth);
  }
  return { seen: seen.size, found };
}
`

// TamperingReachesNothingOfTheHosts is a test. Nothing that a function can reach leads to the host's own memory, functions or
// records, or into another realm.
func TamperingReachesNothingOfTheHosts(t *testing.T, e Engine) {
	t.Helper()
	l := NewHostileLoop(t, e)
	r, err := l.Call(Module(t, "walker", walker+`
export default async (msg, ctx) => {
  const things = { globalThis, msg, ctx, signal: ctx.signal, headers: msg.headers, bytes: msg.bytes(), json: msg.json(), invocation: ctx.invocation, env: ctx.env };
  const sites = [];
  Error.prepareStackTrace = (e, s) => { for (const c of s) for (const k of ["getThis", "getFunction", "getTypeName", "getEvalOrigin", "getPromiseIndex"]) try { sites.push(c[k]()) } catch (e) { sites.push(e) }; return "" };
  new Error().stack;
  const sloppy = new Function("things", "things.caller = arguments.callee.caller; things.global = this;");
  sloppy(things);
  await new Promise((resolve) => setTimeout(() => { new Error().stack; sloppy(things); resolve() }, 1));
  for (const f of [() => fetch("http://127.0.0.1:1/"), () => new URL("no"), () => setTimeout(1), () => ctx.waitUntil.call({}, 1), () => structuredClone(() => 1), () => crypto.getRandomValues(new Uint8Array(1 << 17)), () => null.x])
    try { await f() } catch (e) { e.stack; sites.push(e) }
  ctx.waitUntil({ then: (...given) => { sites.push(given); given[0]() } });
  ctx.waitUntil({ get then() { sites.push(this); return undefined } });
  class Mine extends Promise { constructor(f) { sites.push(f); super((...given) => { sites.push(given); f(...given) }) } }
  ctx.waitUntil(Mine.resolve(1));
  const species = Promise.resolve(1);
  species.constructor = { [Symbol.species]: Mine };
  ctx.waitUntil(species);
  await null;
  things.sites = sites;
  Error.prepareStackTrace = undefined;
  const { seen, found } = walk(things);
  return { many: seen > 1000, found };
}`, func(m *function.Manifest) { m.Limits.CPU, m.Env = 5*time.Second, map[string]string{"A": "b"} }), []byte(`{"a":[1]}`))
	require.NoError(t, err)
	require.Equal(t, function.OK, r.Outcome, r.Message)
	require.JSONEq(t, `{"many":true,"found":[]}`, string(r.Body))

	r, err = l.Call(Module(t, "walker", walker+`
export default () => walk({ a: { get b() { return { c: new Int32Array(new SharedArrayBuffer(4)) } } } })`, Patiently), nil)
	require.NoError(t, err)
	require.Contains(t, string(r.Body), "a view of shared memory at a.b().c", "the walker finds nothing")
}

// forge tries to act for every invocation of the runtime, with what it is given.
const forge = `
const forge = (msg, ctx) => {
  const found = [];
  for (let id = 0; id < 64; id++) {
    try { const C = Object.getPrototypeOf(ctx).constructor; new C({ id, waiting: 0, answered: true, over: false }, 0, 0).waitUntil(null) } catch {}
    try { const M = Object.getPrototypeOf(msg).constructor; found.push(new M({ id }, "", "", 2, "").text()) } catch {}
    try { const C = Object.getPrototypeOf(ctx).constructor; found.push(JSON.stringify(new C({ id }, 0, 0).invocation)) } catch {}
  }
  return found;
};
`

// TamperingEndsNoOtherInvocation is a test. A function cannot end another invocation, of its own or of another function, so that
// nobody answers it.
func TamperingEndsNoOtherInvocation(t *testing.T, e Engine) {
	t.Helper()
	for name, same := range map[string]bool{"another function's": false, "its own function's": true} {
		t.Run(name, func(t *testing.T) {
			l := NewHostileLoop(t, e)
			fn := Module(t, "forger", forge+`
export default (msg, ctx) => msg.text() === "bad" ? (forge(msg, ctx), "forged") : new Promise(r => setTimeout(r, 5, "waited"))`, Patiently)
			victim := fn
			if !same {
				victim = Module(t, "victim", `export default () => new Promise(r => setTimeout(r, 5, "waited"))`, Patiently)
			}
			require.NoError(t, l.Invoke("victim", victim, nil))
			_, err := l.Call(fn, []byte("bad"))
			require.NoError(t, err)
			require.NoError(t, l.Run())
			require.NotNil(t, l.Results["victim"])
			require.Equal(t, "waited", string(l.Results["victim"].Body))
			l.ServesHello(t)
		})
	}
}

// TamperingAnswersItself is a test. A function cannot end its own invocation without an answer.
func TamperingAnswersItself(t *testing.T, e Engine) {
	t.Helper()
	l := NewHostileLoop(t, e)
	fn := Module(t, "forger", forge+`export default (msg, ctx) => { forge(msg, ctx); return new Promise(r => setTimeout(r, 5, "waited")) }`, Patiently)
	require.NoError(t, l.Invoke("self", fn, nil))
	require.NoError(t, l.Run())
	require.NotNil(t, l.Results["self"])
	require.Equal(t, "waited", string(l.Results["self"].Body))
	l.ServesHello(t)
}

// TamperingReadsNoOtherMessage is a test. A function cannot read another invocation's message, once its own code has had it.
func TamperingReadsNoOtherMessage(t *testing.T, e Engine) {
	t.Helper()
	l := NewHostileLoop(t, e)
	source := forge + `
export default (msg, ctx) => msg.subject === "fn.forger" && msg.text() === "bad" ? forge(msg, ctx).join() : new Promise(r => setTimeout(r, 5, "waited"))`
	fn := Module(t, "forger", source, Patiently)
	require.NoError(t, l.Invoke("victim of its own", fn, []byte("own s3cret")))
	require.NoError(t, l.Invoke("another victim", Module(t, "victim", source, Patiently), []byte("other s3cret")))
	require.NoError(t, l.Invoke("bad", fn, []byte("bad")))
	got := l.Results["bad"]
	require.Equal(t, function.OK, got.Outcome, got.Message)
	require.NotContains(t, string(got.Body), "other", "another function's")
	require.NotContains(t, string(got.Body), "own s3cret", "its own")
}
