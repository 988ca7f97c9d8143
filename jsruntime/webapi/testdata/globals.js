equal(self, globalThis);
equal(navigator.userAgent, "Isolane");
const t = performance.now();
assert(t >= 0 && performance.now() >= t);
assert(Math.abs(performance.timeOrigin + t - Date.now()) < 5000);
const d = Object.getOwnPropertyDescriptor(globalThis, "URLSearchParams");
assert(d.configurable && !d.enumerable);
const first = URLSearchParams;
equal(URLSearchParams, first);
const after = Object.getOwnPropertyDescriptor(globalThis, "URLSearchParams");
equal(after.value, first);
assert(after.writable && after.configurable && !after.enumerable);
Headers = 5;
equal(Headers, 5);
equal(Object.getOwnPropertyDescriptor(globalThis, "Headers").enumerable, false);
const child = Object.create(globalThis);
child.Request = 6; // until it is touched, what inherits from the scope is the scope
equal(child.Request, 6);
equal(Request, 6);
assert(typeof FormData === "function");
child.FormData = 7;
equal(child.FormData, 7);
equal(typeof FormData, "function");
delete globalThis.Response;
equal(typeof Response, "undefined");
equal((await fetch(SERVER + "/hello")).status, 200);
globalThis.fetch = undefined;
equal(fetch, undefined);
assert(!Object.keys(globalThis).includes("URL"));
for (const [name, length] of [["URL", 1], ["URLSearchParams", 0], ["TextEncoder", 0], ["EventTarget", 0], ["Event", 1], ["AbortController", 0]]) {
  equal(globalThis[name].name, name);
  equal(globalThis[name].length, length, name + ".length");
}
