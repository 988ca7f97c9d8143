const e = new DOMException("m", "NotFoundError");
assert(e instanceof DOMException && e instanceof Error);
equal(e.message, "m");
equal(e.name, "NotFoundError");
equal(e.code, 8);
equal(String(e), "NotFoundError: m");
assert(typeof e.stack === "string" && e.stack.includes("domexception.js"), e.stack);
equal(new DOMException().name, "Error");
equal(new DOMException().code, 0);
equal(new DOMException("x", { name: "AbortError", cause: 1 }).cause, 1);
equal(DOMException.ABORT_ERR, 20);
equal(e.TIMEOUT_ERR, 23);
equal(Object.prototype.toString.call(e), "[object DOMException]");
throws("TypeError", () => DOMException.prototype.name);
class Mine extends DOMException { constructor() { super("q", "AbortError"); this.own = 1; } }
const mine = new Mine();
assert(mine instanceof Mine && mine.own === 1 && mine.code === 20);
const d = Object.getOwnPropertyDescriptor(globalThis, "DOMException");
equal(d.enumerable, false);
