// unhandled: Error: in timer
// unhandled: Error: in microtask
const order = [];
setTimeout((a, b) => order.push("t" + a + b), 5, 1, 2);
queueMicrotask(() => order.push("m"));
order.push("s");
await delay(20);
same(order, ["s", "m", "t12"]);

const id = setTimeout(() => order.push("never"), 5);
assert(typeof id === "number" && id > 0);
clearTimeout(id);
clearTimeout(id);
clearTimeout(undefined);
clearTimeout(12345);

let ticks = 0;
await new Promise((resolve) => {
  const every = setInterval(() => {
    if (++ticks === 3) {
      clearInterval(every);
      resolve();
    }
  }, 1);
});
await delay(20);
equal(ticks, 3);
same(order, ["s", "m", "t12"]);

throws("TypeError", () => setTimeout("order.push(1)", 1), "must be a function");
throws("TypeError", () => setInterval(), "must be a function");
throws("TypeError", () => queueMicrotask(1));
setTimeout(() => { throw new Error("in timer"); }, 1);
await delay(10);
queueMicrotask(() => { throw new Error("in microtask"); });
await null;
let receiver;
setTimeout(function () { receiver = this; });
await delay(5);
equal(receiver, globalThis);
equal(setTimeout.length, 1);
for (let i = 0; i < 300; i++) clearTimeout(setTimeout(() => order.push(i), 1));
await delay(10);
equal(order.length, 3);
