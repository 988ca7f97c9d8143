const at = new Date(5);
const source = {
  n: 1, s: "x", u: undefined, nil: null, big: 10n, date: at, re: /a+/giu, list: [1, , 3], map: new Map([[{ k: 1 }, new Set([1, 2])]]),
  err: new RangeError("bad", { cause: { why: 1 } }), buf: new Uint8Array([1, 2, 3]).buffer, nan: NaN, zero: -0,
  boxed: [new Number(1), new String("ab"), new Boolean(false), Object(5n)], view: new DataView(new ArrayBuffer(8), 2, 4),
};
source.self = source;
const copy = structuredClone(source);
assert(copy !== source && copy.self === copy);
equal(copy.big, 10n);
assert(copy.date instanceof Date && copy.date !== at);
equal(copy.date.getTime(), 5);
equal(String(copy.re), "/a+/giu");
assert(copy.list.length === 3 && !(1 in copy.list));
const [key, set] = [...copy.map][0];
equal(key.k, 1);
same([...set], [1, 2]);
assert(copy.err instanceof RangeError);
equal(copy.err.message, "bad");
equal(copy.err.cause.why, 1);
assert(copy.buf !== source.buf);
bytesEqual(new Uint8Array(copy.buf), [1, 2, 3]);
assert("u" in copy && copy.u === undefined);
assert(Object.is(copy.nan, NaN) && Object.is(copy.zero, -0));
equal(typeof copy.boxed[0], "object");
equal(copy.boxed[0] + 1, 2);
equal(copy.boxed[1].length, 2);
equal(copy.boxed[3].valueOf(), 5n);
equal(copy.view.byteLength, 4);
equal(copy.view.byteOffset, 2);

const shared = new Float64Array([1.5, 2]);
const two = structuredClone({ a: shared, b: shared, c: new Uint8Array(shared.buffer, 8) });
assert(two.a === two.b && two.a.buffer === two.c.buffer && two.a !== shared);
equal(two.a[0], 1.5);
equal(two.c.byteOffset, 8);

class Point { constructor() { this.x = 1; } get y() { return 2; } }
const p = structuredClone(new Point());
equal(Object.getPrototypeOf(p), Object.prototype);
same(p, { x: 1 });
equal(structuredClone({ get a() { return 7; } }).a, 7);
same(Object.keys(structuredClone({ [Symbol("s")]: 1, b: 2 })), ["b"]);
const dom = structuredClone(new DOMException("m", "AbortError"));
assert(dom instanceof DOMException);
equal(dom.name, "AbortError");

for (const bad of [() => 1, Symbol("s"), { f() {} }, [Symbol.iterator], new WeakMap(), Promise.resolve(), new Headers(), new URL("http://x")]) {
  const e = throws("DataCloneError", () => structuredClone(bad));
  equal(e.code, 25);
  assert(e instanceof DOMException);
}
throws("TypeError", () => structuredClone());

const moved = new Uint8Array([9, 8, 7, 6]);
const part = moved.subarray(1, 3);
const out = structuredClone({ part, buffer: moved.buffer }, { transfer: [moved.buffer] });
equal(moved.buffer.byteLength, 0);
bytesEqual(out.part, [8, 7]);
equal(out.part.buffer, out.buffer);
throws("DataCloneError", () => structuredClone(1, { transfer: [moved.buffer] }));
throws("DataCloneError", () => structuredClone(1, { transfer: [{}] }));
const kept = new ArrayBuffer(3);
throws("DataCloneError", () => structuredClone([kept, () => 1], { transfer: [kept] }));
equal(kept.byteLength, 3, "a failed clone transfers nothing");
throws("DataCloneError", () => structuredClone(moved));
equal(structuredClone(Object.create({ inherited: 1 })).inherited, undefined);
const proto = JSON.parse('{"__proto__": {"a": 1}}');
assert(Object.hasOwn(structuredClone(proto), "__proto__"));
