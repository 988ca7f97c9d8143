const e = new QuotaExceededError("full", { quota: 10, requested: 12.5 });
assert(e instanceof QuotaExceededError && e instanceof DOMException && e instanceof Error);
equal(e.name, "QuotaExceededError");
equal(e.message, "full");
equal(e.code, 22);
equal(e.quota, 10);
equal(e.requested, 12.5);
equal(String(e), "QuotaExceededError: full");
equal(Object.prototype.toString.call(e), "[object QuotaExceededError]");
equal(typeof e.stack, "string");
equal(Object.getPrototypeOf(QuotaExceededError), DOMException);
equal(QuotaExceededError.length, 0);
equal(QuotaExceededError.QUOTA_EXCEEDED_ERR, 22);
same(Object.keys(QuotaExceededError.prototype), ["quota", "requested"]);
equal(Object.getOwnPropertyDescriptor(globalThis, "QuotaExceededError").enumerable, false);

// What is not said is null.
for (const bare of [new QuotaExceededError(), new QuotaExceededError(undefined, undefined), new QuotaExceededError("", null), new QuotaExceededError("", {})]) {
  same([bare.message, bare.quota, bare.requested, bare.code], ["", null, null, 22]);
}
same([new QuotaExceededError("", { quota: 0 }).quota, new QuotaExceededError("", { requested: 0 }).requested], [0, 0]);
equal(new QuotaExceededError("", { quota: "3", requested: { valueOf: () => 3 } }).requested, 3);

// What cannot be.
const asked = [];
throws("RangeError", () => new QuotaExceededError("", { get requested() { asked.push("requested"); return -1; }, get quota() { asked.push("quota"); return 1; } }), "requested");
same(asked, ["quota", "requested"]);
throws("RangeError", () => new QuotaExceededError("", { quota: -1 }), "quota");
throws("RangeError", () => new QuotaExceededError("", { quota: 2, requested: 1 }), "less than quota");
for (const bad of [NaN, Infinity, "x", Symbol("s"), 1n]) throws("TypeError", () => new QuotaExceededError("", { quota: bad }));
for (const bad of [1, "x", true]) throws("TypeError", () => new QuotaExceededError("", bad));
throws("TypeError", () => QuotaExceededError("called"));
throws("TypeError", () => QuotaExceededError.prototype.quota);
const { get } = Object.getOwnPropertyDescriptor(QuotaExceededError.prototype, "requested");
throws("TypeError", () => get.call(new DOMException("m", "QuotaExceededError")));

// A DOMException of that name is none.
const old = new DOMException("m", "QuotaExceededError");
assert(!(old instanceof QuotaExceededError) && old.code === 22 && !("quota" in old));
equal(Object.prototype.toString.call(structuredClone(old)), "[object DOMException]");

class Mine extends QuotaExceededError { constructor() { super("m", { quota: 1 }); this.own = 1; } }
const mine = new Mine();
assert(mine instanceof Mine && mine.own === 1 && mine.quota === 1);

const copy = structuredClone({ e, twice: e, bare: new QuotaExceededError("b") });
assert(copy.e instanceof QuotaExceededError && copy.e !== e && copy.e === copy.twice);
same([copy.e.message, copy.e.quota, copy.e.requested, copy.e.code], ["full", 10, 12.5, 22]);
same([copy.bare.quota, copy.bare.requested], [null, null]);
equal(Object.getPrototypeOf(structuredClone(mine)), QuotaExceededError.prototype);
throws("DataCloneError", () => structuredClone(Object.assign(Object.create(QuotaExceededError.prototype), { f() {} })));

// What the host throws is one.
for (const over of [new Uint8Array(65537), new BigInt64Array(8193)]) {
  const thrown = throws("QuotaExceededError", () => crypto.getRandomValues(over), "65536");
  assert(thrown instanceof QuotaExceededError && thrown.code === 22);
  same([thrown.quota, thrown.requested], [null, null]);
}

// What a function does to the classes changes nothing of that.
Object.setPrototypeOf(QuotaExceededError, class { constructor() { throw new Error("super was redirected"); } });
equal(new QuotaExceededError("still").message, "still");
Object.defineProperty(QuotaExceededError.prototype, "quota", { get() { throw new Error("touched"); } });
globalThis.QuotaExceededError = undefined;
equal(throws("QuotaExceededError", () => crypto.getRandomValues(new Uint8Array(65537))).code, 22);
