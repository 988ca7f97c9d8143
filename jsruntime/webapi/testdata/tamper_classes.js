// A function that rewrites the Web's own classes changes nothing of the host's.
for (const C of [Headers, Request, Response, URL, URLSearchParams, AbortController, AbortSignal, EventTarget, Event, TextEncoder, TextDecoder, DOMException]) {
  for (const key of Reflect.ownKeys(C.prototype)) {
    if (key === "constructor") continue;
    const d = Object.getOwnPropertyDescriptor(C.prototype, key);
    if (!d.configurable) continue;
    Object.defineProperty(C.prototype, key, { get() { throw new Error("touched " + C.name + "." + String(key)); }, set() {}, configurable: true });
  }
}
class Evil { constructor() { throw new Error("super was redirected"); } }
Object.setPrototypeOf(AbortSignal, Evil);
Object.setPrototypeOf(CustomEvent, Evil);
new CustomEvent("x", { detail: 1 });
const c = internals.newAbortController();
c.abort(internals.abortError("r"));
globalThis.Response = globalThis.Headers = globalThis.AbortSignal = undefined;
const r = await fetch(SERVER + "/hello");
const whole = internals.replyParts(r);
equal(whole.text, "hello, wörld");
assert(whole.headers.length > 3);
const { later } = internals.replyParts(await fetch(SERVER + "/big/20000"));
const parts = await new Promise((done, failed) => later(done, failed));
equal(parts.status, 200);
equal(parts.kind, 2);
assert(parts.headers.length > 0);
internals.newHeaders([["a", "b"]]);
assert(internals.formatLog([r]).includes("status: 200"));
assert(internals.describeError(internals.timeoutError("t")).stack.length > 0);
