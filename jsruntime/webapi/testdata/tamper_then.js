// A promise's constructor and species are not asked by the host, so that no function
// gets hold of what the host resolves.
await delay(1); // the promise of this test itself is out of the way
const seen = [];
const PromiseNow = Promise;
const resolveNow = new PromiseNow((r) => r());
Object.defineProperty(Promise, Symbol.species, { get() { seen.push("species"); return PromiseNow; }, configurable: true });
const original = Object.getOwnPropertyDescriptor(Promise.prototype, "constructor");
Object.defineProperty(Promise.prototype, "constructor", { get() { seen.push("constructor"); return PromiseNow; }, configurable: true });
const p = fetch(SERVER + "/hello");
setTimeout(() => 1, 1);
queueMicrotask(() => 1);
AbortSignal.timeout(1);
const n = seen.length;
await new PromiseNow((r) => setTimeout(r, 30));
Object.defineProperty(Promise.prototype, "constructor", original);
// The await above asks for the constructor of its operand: the language's doing.
assert(n === 0, "asked while starting: " + seen);
assert(seen.filter((s) => s === "species").length === 0, "species: " + seen);
assert(seen.length <= 1, "constructor: " + seen);
equal((await p).status, 200);
