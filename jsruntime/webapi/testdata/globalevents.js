// unhandled: Error: quiet
// unhandled: Error: first
// unhandled: Error: in the listener
// unhandled: Error: again
// The global scope is a target of events once a function says so. What reportError is given
// reaches its listeners, and the log where none of them has dealt with it.
equal(onerror, null);
equal(onunhandledrejection, null);
equal(onrejectionhandled, null);
reportError(new Error("quiet"));
const got = [];
const listener = (e) => { got.push(e); };
addEventListener("error", listener);
const first = new Error("first");
reportError(first);
equal(got.length, 1);
const e = got[0];
assert(e instanceof ErrorEvent && e.isTrusted && e.cancelable && !e.bubbles);
equal(e.type + "|" + e.message, "error|Uncaught Error: first");
equal(e.error, first);
equal(e.target, globalThis);
assert(e.filename.endsWith("globalevents.js") && e.lineno === 14 && e.colno > 0, e.filename + ":" + e.lineno + ":" + e.colno);
removeEventListener("error", listener);
// onerror gets the parts, and true is "dealt with".
let parts;
onerror = (...args) => { parts = args; return true; };
reportError(new RangeError("taken"));
equal(parts.length, 5);
equal(parts[0], "Uncaught RangeError: taken");
equal(parts[4].message, "taken");
reportError("text");
equal(parts[0], "Uncaught text");
equal(parts[4], "text");
equal(typeof onerror, "function");
// What a listener throws tells no listener again.
onerror = () => { throw new Error("in the listener"); };
reportError(new Error("again"));
onerror = "no function";
equal(onerror, null);
addEventListener("error", (e) => e.preventDefault(), { once: true });
reportError(new Error("prevented"));
// Any event may be dispatched there.
let seen;
self.addEventListener("mine", function (e) { seen = [this === globalThis, e.detail]; }, { once: true });
equal(dispatchEvent(new CustomEvent("mine", { detail: 5 })), true);
same(seen, [true, 5]);
EventTarget.prototype.addEventListener.call(globalThis, "other", () => { seen = "other"; });
globalThis.dispatchEvent(new Event("other"));
equal(seen, "other");
// A timer's and a microtask's errors are among them.
const told = new Promise((resolve) => { onerror = (message) => { resolve(message); return true; }; });
queueMicrotask(() => { throw new Error("micro"); });
equal(await told, "Uncaught Error: micro");
onerror = null;
