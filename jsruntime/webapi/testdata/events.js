// unhandled: Error: listener
const target = new EventTarget();
const seen = [];
target.addEventListener("x", (e) => seen.push("a" + e.type));
target.addEventListener("x", { handleEvent(e) { seen.push(this === e.currentTarget ? "?" : "b"); } });
const once = () => seen.push("once");
target.addEventListener("x", once, { once: true });
target.addEventListener("x", once, { once: true });
target.addEventListener("x", () => seen.push("capture"), true);
assert(target.dispatchEvent(new Event("x")));
same(seen, ["capture", "ax", "b", "once"]);
seen.length = 0;
target.dispatchEvent(new Event("x"));
same(seen, ["capture", "ax", "b"]);

const t2 = new EventTarget();
const controller = new AbortController();
t2.addEventListener("y", () => seen.push("signal"), { signal: controller.signal });
controller.abort();
t2.dispatchEvent(new Event("y"));
same(seen, ["capture", "ax", "b"]);

const e = new CustomEvent("z", { detail: { a: 1 }, cancelable: true });
equal(e.detail.a, 1);
assert(e instanceof Event && e.isTrusted === false && e.bubbles === false && e.eventPhase === 0);
t2.addEventListener("z", (ev) => {
  equal(ev.target, t2);
  equal(ev.eventPhase, Event.AT_TARGET);
  same(ev.composedPath().length, 1);
  ev.preventDefault();
  ev.stopImmediatePropagation();
});
t2.addEventListener("z", () => seen.push("not reached"));
equal(t2.dispatchEvent(e), false);
assert(e.defaultPrevented && !seen.includes("not reached"));
equal(e.currentTarget, null);
t2.addEventListener("p", (ev) => ev.preventDefault(), { passive: true });
assert(t2.dispatchEvent(new Event("p", { cancelable: true })));

const t3 = new EventTarget();
t3.addEventListener("w", () => { throw new Error("listener"); });
t3.addEventListener("w", () => seen.push("after"));
t3.dispatchEvent(new Event("w"));
equal(seen.at(-1), "after");
const f = () => seen.push("removed");
t3.addEventListener("v", f);
t3.removeEventListener("v", f, true);
t3.removeEventListener("v", f);
t3.dispatchEvent(new Event("v"));
equal(seen.at(-1), "after");
const again = new Event("again");
t3.addEventListener("again", () => throws("InvalidStateError", () => t3.dispatchEvent(again)));
t3.dispatchEvent(again);
throws("TypeError", () => new Event());
throws("TypeError", () => t3.dispatchEvent({}));
throws("TypeError", () => EventTarget.prototype.addEventListener.call({}, "x", () => 1));
class Mine extends EventTarget { constructor() { super(); this.own = 1; } hi() { return this.own; } }
const mine = new Mine();
equal(mine.hi(), 1);
mine.addEventListener("x", () => seen.push("mine"));
mine.dispatchEvent(new Event("x"));
equal(seen.at(-1), "mine");
class MyEvent extends CustomEvent { extra() { return this.detail + 1; } }
equal(new MyEvent("q", { detail: 1 }).extra(), 2);
equal(Object.prototype.toString.call(e), "[object CustomEvent]");
