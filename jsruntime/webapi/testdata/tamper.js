// unhandled: Error: from listener
// logs: log: quiet Uint8Array(4) [ 65, 0, 66, 0 ]
// logs: log: ┌─────────┬────────┐\n│ (index) │ Values │\n├─────────┼────────┤\n│ a       │ 1      │\n└─────────┴────────┘
// logs: info: default: 1
// logs: log: g
// A function that rewrites the language changes nothing that the host does, and sees
// nothing of it. Everything is read first, since the asserts need a sound language.
const calls = [];
const apply = Reflect.apply;
const note = (what) => {
  define(calls, calls.length, { __proto__: null, value: what, writable: true, enumerable: true, configurable: true });
};
const define = Object.defineProperty;
const ownKeys = Reflect.ownKeys;
const getDescriptor = Object.getOwnPropertyDescriptor;
const getPrototype = Object.getPrototypeOf;
const kept = [];
const StringNow = String;
const server = SERVER;
const promiseNow = Promise;
const realThen = Promise.prototype.then;
const errorNow = Error;

function poison(object, where) {
  const keys = ownKeys(object);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key === "constructor" || key === "prototype") continue;
    const d = getDescriptor(object, key);
    if (!d.configurable) continue;
    const name = where + "." + StringNow(key);
    kept[kept.length] = [object, key, d];
    if ("value" in d) {
      if (typeof d.value !== "function") continue;
      define(object, key, { __proto__: null, value: function () { note(name); throw new errorNow("poisoned " + name); }, writable: true, configurable: true });
    } else {
      define(object, key, { __proto__: null, get() { note(name); throw new errorNow("poisoned " + name); }, set() { note(name); }, configurable: true });
    }
  }
}
function restore() {
  for (let i = 0; i < traps.length; i++) delete Object.prototype[traps[i]];
  for (let i = 0; i < 8; i++) delete Array.prototype[i];
  for (let i = kept.length - 1; i >= 0; i--) define(kept[i][0], kept[i][1], kept[i][2]);
}
const traps = ["then", "get", "set", "value", "name", "message", "status", "headers", "kind", "text", "bytes", "id", "promise", "type",
  "toJSON", "cause", "signal", "body", "method", "redirect", "enumerable", "writable", "configurable", "fatal", "stream", "length", "handleEvent"];

const results = [];
let step = "";
function attack() {
  // Only what belongs to objects that a function can reach: prototypes and namespaces.
  const async_iter = getPrototype(getPrototype([][Symbol.iterator]()));
  const all = [
    [Array.prototype, "Array.prototype"], [Map.prototype, "Map.prototype"], [Set.prototype, "Set.prototype"],
    [WeakMap.prototype, "WeakMap.prototype"], [WeakRef.prototype, "WeakRef.prototype"], [Promise.prototype, "Promise.prototype"],
    [Promise, "Promise"], [String.prototype, "String.prototype"], [String, "String"], [Number.prototype, "Number.prototype"],
    [RegExp.prototype, "RegExp.prototype"], [JSON, "JSON"], [Math, "Math"], [Reflect, "Reflect"], [Object, "Object"], [Array, "Array"],
    [getPrototype(Uint8Array.prototype), "TypedArray.prototype"], [Uint8Array.prototype, "Uint8Array.prototype"],
    [getPrototype(Uint8Array), "TypedArray"], [ArrayBuffer.prototype, "ArrayBuffer.prototype"], [ArrayBuffer, "ArrayBuffer"],
    [DataView.prototype, "DataView.prototype"], [Date.prototype, "Date.prototype"], [Function.prototype, "Function.prototype"],
    [getPrototype([][Symbol.iterator]()), "ArrayIterator.prototype"], [async_iter, "Iterator.prototype"],
    [Symbol.prototype, "Symbol.prototype"], [BigInt.prototype, "BigInt.prototype"], [Error.prototype, "Error.prototype"],
  ];
  for (let i = 0; i < all.length; i++) poison(all[i][0], all[i][1]);
  define(Object.prototype, "toString", { __proto__: null, value() { note("Object.prototype.toString"); return "evil"; }, configurable: true, writable: true });
  const globals = ["Promise", "Uint8Array", "ArrayBuffer", "Map", "Set", "TypeError", "Error", "RangeError", "WeakRef", "JSON", "Reflect", "String", "Number", "Date"];
  for (let i = 0; i < globals.length; i++) {
    const key = globals[i];
    kept[kept.length] = [globalThis, key, getDescriptor(globalThis, key)];
    globalThis[key] = undefined;
  }
  for (let i = 0; i < traps.length; i++) {
    const key = traps[i];
    define(Object.prototype, key, {
      __proto__: null,
      get() { if (this === globalThis) return undefined; note("Object.prototype." + key); return undefined; },
      set(v) { note("set Object.prototype." + key); }, configurable: true,
    });
  }
  for (let i = 0; i < 8; i++) {
    define(Array.prototype, i, { __proto__: null, get() { note("Array.prototype." + i); }, set() { note("set Array.prototype." + i); }, configurable: true });
  }
}

const say = (name, value) => { define(results, results.length, { __proto__: null, value: [name, value], writable: true, enumerable: true, configurable: true }); };
const wait = (promise) => {
  // promise.then with a constructor of its own, since the prototype's is poisoned
  define(promise, "constructor", { __proto__: null, value: undefined });
  return new promiseNow((resolve, reject) => { apply(realThen, promise, [resolve, reject]); });
};
const sequence = [
  ["replyJSON", (i) => i.replyParts({ __proto__: null, a: 1 }).text],
  ["replyText", (i) => i.replyParts("x").text],
  ["replyBytes", (i) => i.replyParts(typed).bytes[1]],
  ["describe", (i) => i.describeError(error).message],
  ["log", (i) => i.formatLog(["a %s", "b"])],
  ["logObject", (i) => i.formatLog([{ __proto__: null, deep: { __proto__: null, x: 1 } }])],
  ["utf8", (i) => i.utf8Decode(i.utf8Encode(long)).length],
  ["utf8 short", (i) => i.utf8Decode(i.utf8Encode("h\u00e9\ud83d\ude00"))],
  ["headers", (i) => i.newHeaders([["B", "2"], ["a", "1"]])],
  ["abort", (i) => { const c = i.newAbortController(); c.signal.addEventListener("abort", () => { throw error2; }); c.abort(i.timeoutError("late")); return c.signal.reason.message; }],
  ["url", () => new URL("/b?c=%20d", "http://x.test/").searchParams.get("c")],
  ["url set", () => { const u = new URL("http://x.test/"); u.searchParams.append("k", "v w"); return u.href; }],
  ["params", () => { const p = new URLSearchParams("z=1&a=2"); p.sort(); return `${p}`; }],
  ["Headers", () => { const h = new Headers(); h.append("a", "1"); h.append("a", "2"); h.append("b", "x"); return h.get("a"); }],
  ["response", (i) => i.replyParts(new Response("hi", { __proto__: null, status: 202 })).status],
  ["response.json", (i) => i.replyParts(Response.json({ __proto__: null, a: 1 })).text],
  ["response bytes", (i) => i.replyParts(new Response(typed)).bytes[2]],
  ["request", () => new Request("http://x.test/", { __proto__: null, method: "POST", body: new URLSearchParams("a=b") }).headers.get("content-type")],
  ["clone response", () => new Response("x", { __proto__: null, status: 201 }).clone().status],
  ["custom event", () => new CustomEvent("x", { __proto__: null, detail: 4 }).detail],
  ["console", () => { console.log("%s", "quiet", typed); console.table({ __proto__: null, a: 1 }); console.count(); console.group("g"); console.groupEnd(); return "logged"; }],
  ["unread reply", (i) => { try { i.replyParts(() => 1); } catch (e) { return e.message[0]; } }],
  ["decoder", () => new TextDecoder("utf-16le").decode(typed)],
  ["encoder", () => new TextEncoder().encode("abc")[2]],
  ["base64", () => atob(btoa("hello"))],
  ["clone", () => structuredClone({ __proto__: null, a: typed, b: date }).a[2]],
  ["uuid", () => crypto.randomUUID().length],
  ["random", () => crypto.getRandomValues(new U8(4))[9]],
  ["event", () => { const t = new EventTarget(); let n = 0; t.addEventListener("x", () => { n++; }); t.dispatchEvent(new Event("x")); return n; }],
  ["any", () => AbortSignal.any(iterable).aborted],
  ["text", () => wait(new Response("body").text())],
  ["timer", () => wait(new promiseNow((resolve) => { setTimeout(resolve, 1, "fired"); }))],
  ["microtask", () => wait(new promiseNow((resolve) => { queueMicrotask(() => resolve("ran")); }))],
  ["fetch", () => wait(fetch(server + "/echo", { __proto__: null, method: "POST", body: typed, headers: { __proto__: null, "x-a": "b", "x-c": "d" } }))],
  ["bytes", () => wait(new Response(typed).bytes())],
  ["arrayBuffer", () => wait(new Response("abc").arrayBuffer())],
  ["json", () => wait(new Response("[1,2]").json())],
  ["fetch denied", () => new promiseNow((resolve) => { const p = fetch("http://no.test/"); define(p, "constructor", { __proto__: null, value: undefined }); apply(realThen, p, [resolve, (e) => resolve("denied")]); })],
];
const U8 = Uint8Array;
const typed = new Uint8Array([65, 0, 66, 0]);
const error = new Error("described");
const error2 = new Error("from listener");
const date = new Date(1);
const long = "0123456789é".repeat(100);
const iterable = { __proto__: null, [Symbol.iterator]: () => ({ __proto__: null, next: () => ({ __proto__: null, done: true, value: undefined }) }) };

await delay(1); // the promise of this test itself is out of the way
attack();
const ran = new promiseNow((finish) => {
  let at = 0;
  const advance = () => {
    for (; at < sequence.length; at++) {
      step = sequence[at][0];
      let value;
      try {
        value = sequence[at][1](internals);
      } catch (e) {
        say(step, e);
        continue;
      }
      if (step === "text" || step === "bytes" || step === "arrayBuffer" || step === "json" || step === "timer" || step === "microtask" || step === "fetch" || step === "fetch denied") {
        at++;
        const name = step;
        define(value, "constructor", { __proto__: null, value: undefined });
        apply(realThen, value, [(v) => { say(name, v); advance(); }, (e) => { say(name, e); advance(); }]);
        return;
      }
      say(step, value);
    }
    finish();
  };
  advance();
});
define(ran, "constructor", { __proto__: null, value: promiseNow });
await ran;
restore();
const got = new Map(results);
for (const [k, v] of results) if (v instanceof Error) throw new Error(k + " failed: " + v.stack);
equal(got.get("replyJSON"), '{"a":1}');
equal(got.get("replyText"), "x");
equal(got.get("replyBytes"), 0);
equal(got.get("describe"), "described");
equal(got.get("log"), "a b");
equal(got.get("logObject"), "[Object: null prototype] { deep: [Object: null prototype] { x: 1 } }");
equal(got.get("utf8"), 1100);
equal(got.get("utf8 short"), "h\u00e9\ud83d\ude00");
equal(got.get("headers").get("a"), "1");
equal(got.get("abort"), "late");
equal(got.get("url"), " d");
equal(got.get("url set"), "http://x.test/?k=v+w");
equal(got.get("params"), "a=2&z=1");
equal(got.get("Headers"), "1, 2");
equal(got.get("response"), 202);
equal(got.get("response.json"), '{"a":1}');
equal(got.get("response bytes"), 66);
equal(got.get("request"), "application/x-www-form-urlencoded;charset=UTF-8");
equal(got.get("clone response"), 201);
equal(got.get("custom event"), 4);
equal(got.get("console"), "logged");
equal(got.get("unread reply"), "a");
bytesEqual(got.get("bytes"), [65, 0, 66, 0]);
equal(got.get("arrayBuffer").byteLength, 3);
same(got.get("json"), [1, 2]);
equal(got.get("decoder"), "AB");
equal(got.get("encoder"), 99);
equal(got.get("base64"), "hello");
equal(got.get("clone"), 66);
equal(got.get("uuid"), 36);
equal(got.get("event"), 1);
equal(got.get("any"), false);
equal(got.get("text"), "body");
equal(got.get("timer"), "fired");
equal(got.get("microtask"), "ran");
equal(got.get("fetch").status, 200);
const echoed = await got.get("fetch").json();
same([echoed.method, echoed.bytes, echoed.headers["x-a"], echoed.headers["x-c"]], ["POST", [65, 0, 66, 0], "b", "d"]);
equal(got.get("fetch denied"), "denied");
// What of the function's own did the host ask? Resolving a promise with an object asks
// it for then, and JSON asks plain objects for toJSON: the language's doing.
const allowed = new Set(["Object.prototype.then"]);
same([...new Set(calls)].filter((c) => !allowed.has(c)), []);
