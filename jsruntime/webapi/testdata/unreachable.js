// Nothing that a function can reach leads to host or to the host's own functions.
const host = ["call", "start", "cancel", "reportUnhandled"];
const seen = new Set();
function walk(value, path) {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value) || path.length > 12) return;
  if (value === internals) return;
  seen.add(value);
  if (host.every((k) => Object.hasOwn(value, k))) throw new Error("host is reachable: " + path.join("."));
  for (const key of Reflect.ownKeys(value)) {
    const d = Object.getOwnPropertyDescriptor(value, key);
    if ("value" in d) walk(d.value, [...path, String(key)]);
    walk(d.get, [...path, "get " + String(key)]);
    walk(d.set, [...path, "set " + String(key)]);
    if (d.get) {
      try {
        walk(Reflect.apply(d.get, value, []), [...path, String(key)]);
      } catch {
        // an accessor of a prototype
      }
    }
  }
  walk(Object.getPrototypeOf(value), [...path, "__proto__"]);
}
const things = [globalThis, new URL("http://x"), new Headers(), new Request("http://x"), new Response("x"), new AbortController(),
  new EventTarget(), new Event("x"), new TextDecoder(), new DOMException("x"), new URLSearchParams("a=b").entries(), console, crypto, performance,
  internals.newAbortController(), internals.newHeaders([["a", "b"]]), await fetch(SERVER + "/hello"), setTimeout(() => 1, 0)];
for (const t of things) walk(t, []);
assert(seen.size > 500, "walked " + seen.size);

// Call sites give neither functions nor receivers of the host's frames.
let frames;
Error.prepareStackTrace = (e, sites) => { frames = sites; return ""; };
const probe = new Promise((resolve) => setTimeout(() => { new Error("x").stack; resolve(); }, 1));
await probe;
const target = new EventTarget();
target.addEventListener("x", function () { new Error("x").stack; });
target.dispatchEvent(new Event("x"));
const bad = frames.filter((s) => String(s.getFileName()).startsWith("isolane:") && (s.getFunction() !== undefined || s.getThis() !== undefined));
equal(bad.length, 0);
assert(frames.some((s) => String(s.getFileName()).startsWith("isolane:webapi")));
Error.prepareStackTrace = undefined;

// Callers are not to be had.
function sloppy() { return sloppy.caller; }
let caller = "none";
const { proxy } = Proxy.revocable({}, {});
try {
  caller = new Function("t", "e", "function f() { out = f.caller; } let out; t.addEventListener('y', f); t.dispatchEvent(e); return out;")(target, new Event("y"));
} catch (e) {
  caller = null;
}
equal(caller, null);
