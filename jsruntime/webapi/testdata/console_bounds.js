// What console prints is bounded, and harms nobody: hostile objects, huge ones, built-ins that
// were replaced.
const show = (...args) => internals.formatLog(args);
const within = (text, n) => assert(text.length < n, "" + text.length);
within(show(Array.from({ length: 90 }, () => "x".repeat(9000))), 300000);
within(show(Object.fromEntries(Array.from({ length: 50000 }, (_, i) => ["key" + i, i]))), 300000);
let tree = {};
for (let i = 0; i < 30; i++) tree = { a: tree, b: tree };

within(show("%o", tree), 300000);
within(show(new Uint8Array(1 << 24)), 2000);
within(show(new Uint8Array(1 << 24).buffer), 2000);
within(show(new Array(4294967295)), 200);
{ const sparse = new Array(4294967295); sparse[5] = 1; sparse[4000000000] = 2; within(show(sparse), 300); }
within(show(new Array(1e6).fill(7)), 2000);
within(show(new Map(Array.from({ length: 100000 }, (_, i) => [i, i]))), 3000);
within(show("y".repeat(1e6), { y: "y".repeat(1e6) }), 1.2e6);
let deep = {};
for (let i = 0; i < 100000; i++) deep = { deep };
within(show(deep), 200);
let chain = null;
for (let i = 0; i < 20000; i++) chain = Object.create(chain);
within(show(chain), 300);

// What throws, and what lies.
for (const trap of ["get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor"]) {
  const text = show(new Proxy({ a: 1 }, { [trap]() { throw new Error("trap " + trap); } }));
  assert(typeof text === "string", trap);
}
const { proxy, revoke } = Proxy.revocable({}, {});
revoke();
assert(show(proxy).includes("cannot be shown"), show(proxy));
equal(show({ get a() { throw 1; }, get [Symbol.toStringTag]() { throw 2; } }), "{ a: [Getter], Symbol(Symbol.toStringTag): [Getter] }");
assert(show({ [Symbol.for("nodejs.util.inspect.custom")]() { throw new Error("no"); } }).includes("no"));
equal(show("%s", { toString() { throw new Error("no"); } }), "{ toString: [Function: toString] }");
equal(show("%d", { valueOf() { throw new Error("no"); } }), "NaN");
equal(show("%j", { toJSON() { throw new Error("no"); } }), "[no]");
{
  const m = new Map([[1, { [Symbol.for("nodejs.util.inspect.custom")]() { for (let i = 0; i < 1000; i++) m.set({}, i); return "grown"; } }]]);
  equal(show(m), "Map(1) { 1 => grown }");
}
{
  const e = new Error("x");
  for (const key of ["stack", "message", "name", "cause", "errors"]) Object.defineProperty(e, key, { get() { throw 1; } });
  equal(typeof show(e), "string");
}
class Lying { static get name() { throw 2; } }
Object.defineProperty(Lying.prototype, "constructor", { get() { throw 1; } });
equal(typeof show(new Lying(), Lying), "string");

// Built-ins that were replaced before the first object was shown, and after.
const values = [{ a: 1, s: "q'q" }, new Map([[1, [2]]]), new Set([1]), new Date(0), /x/g, new Uint8Array(2), [1, 2, 3]];
const before = show("%s %o", "x", ...values);
const evil = () => { throw new Error("replaced"); };
for (const C of [Array, String, Map, Set, Number, Object, Function, Date, RegExp, Symbol, Uint8Array, Object.getPrototypeOf(Uint8Array)]) {
  for (const target of [C, C.prototype]) {
    for (const key of Reflect.ownKeys(target)) {
      if (key === "constructor" || key === "prototype") continue;
      const d = Object.getOwnPropertyDescriptor(target, key);
      if (!d.configurable || typeof d.value !== "function" || target === Object && key !== "keys") continue;
      if (target === Object.prototype || target === Function.prototype || target === Array.prototype && (key === "push" || key === Symbol.iterator)) continue;
      try { target[key] = evil; } catch { }
    }
  }
}
JSON.stringify = Math.max = Math.min = Math.floor = evil;
const after = show("%s %o", "x", ...values);
if (after !== before) throw new Error("differs: " + after);
