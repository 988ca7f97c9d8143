// logs: log: hello 5 { a: 1 } [ 1, 'two', [ 3 ] ]
// logs: debug: d
// logs: info: i
// logs: warn: w
// logs: error: e
// logs: log: s=x d=42 i=4 f=4.5 j={"a":1} O={ a: [ 1 ] } c= 100% rest
// logs: log: %s alone 100%
// logs: error: Assertion failed: no 7
// logs: error: Assertion failed
// logs: info: default: 1
// logs: info: default: 2
// logs: info: x: 1
// logs: info: default: 1
// logs: warn: Count for 'nope' does not exist
// logs: log: group
// logs: log:   in\n  two
// logs: log: out
// logs: log: ┌─────────┬───┬─────┐\n│ (index) │ a │ b   │\n├─────────┼───┼─────┤\n│ 0       │ 1 │     │\n│ 1       │   │ 'x' │\n└─────────┴───┴─────┘
// logs: log: undefined null true -0 12n Symbol(q)
// logs: log: Map(1) { 'k' => { v: 1 } } Set(2) { 1, 2 }
// logs: log: [Function: f] [class A] [Function (anonymous)]
// logs: log: { a: [Getter], b: [Setter], c: [Getter/Setter] }
// logs: log: <ref *1> { self: [Circular *1] }
// logs: log: { a: { b: { c: [Object] } } }
// logs: log: Uint8Array(3) [ 1, 2, 3 ] ArrayBuffer { [Uint8Contents]: <00 00 00 00>, [byteLength]: 4 }
// logs: log: A { x: 1 } [Object: null prototype] { y: 2 }
// logs: log: 2020-01-02T03:04:05.000Z /a+/gi [Number: 3] [String: 's'] Promise {}
// logs: log: [ 1, <1 empty item>, 3 ] [ 'it', "it's", 'q"q' ]
// logs: log: { 'a-b': 1, Symbol(s): 2 }
// logs: log: Headers { "a": 'b' } URL 'http://x/' Response { status: 200, type: 'default', url: '' }
// logs: warn: Timer 'nope' does not exist
// logs: log: { x: 1 }
// logs: log: NaN NaN
console.log("hello", 5, { a: 1 }, [1, "two", [3]]);
console.debug("d");
console.info("i");
console.warn("w");
console.error("e");
console.log("s=%s d=%d i=%i f=%f j=%j O=%O c=%c 100%% rest", "x", 42, 4.9, "4.5", { a: 1 }, { a: [1] }, "color: red");
console.log("%s alone 100%");
console.assert(true, "not shown");
console.assert(false, "no %d", 7);
console.assert();
console.count();
console.count();
console.count("x");
console.countReset();
console.count();
console.countReset("nope");
console.group("group");
console.log("in\ntwo");
console.groupEnd();
console.log("out");
console.table([{ a: 1 }, { b: "x" }]);
console.log(undefined, null, true, -0, 12n, Symbol("q"));
console.log(new Map([["k", { v: 1 }]]), new Set([1, 2]));
class A { x = 1; }
console.log(function f() {}, A, (() => () => 1)());
console.log({ get a() { throw 1; }, set b(v) {}, get c() { return 1; }, set c(v) {} });
const self1 = {};
self1.self = self1;
console.log(self1);
console.log({ a: { b: { c: { d: 1 } } } });
console.log(new Uint8Array([1, 2, 3]), new ArrayBuffer(4));
console.log(new A(), Object.assign(Object.create(null), { y: 2 }));
console.log(new Date(Date.UTC(2020, 0, 2, 3, 4, 5)), /a+/gi, new Number(3), new String("s"), Promise.resolve(1));
console.log([1, , 3], ["it", "it's", 'q"q']);
console.log({ "a-b": 1, [Symbol("s")]: 2 });
console.log(new Headers({ A: "b" }), new URL("http://x"), new Response("x"));
console.timeEnd("nope");
console.dir({ x: 1 });
console.log("%d %i", {}, Symbol("x"));
assert(internals.formatLog(["%o", { a: { b: { c: { d: { e: 1 } } } } }]).includes("e: 1"));
equal(internals.formatLog([]), "");
const long = internals.formatLog([Array.from({ length: 200 }, (_, i) => i)]);
assert(long.includes("... 100 more items"), long);
const err = new TypeError("boom", { cause: new Error("inner") });
const text = internals.formatLog(["failed:", err]);
assert(text.startsWith("failed: TypeError: boom\n    at "), text);
assert(text.includes("[cause]: Error: inner\n      at "), text);
assert(internals.formatLog([new Proxy({}, { ownKeys() { throw new Error("trap"); } })]).includes("trap"));
