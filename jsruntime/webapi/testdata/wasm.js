// (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
const add = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0,
  10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11,
]);
// (module (import "m" "f" (func)) (start 0))
const starts = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 109, 1, 102, 0, 0, 8, 1, 0]);
// (module (func unreachable) (start 0))
const traps = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 8, 1, 0, 10, 5, 1, 3, 0, 0, 11]);
const broken = new Uint8Array([0, 97, 115, 109, 9, 0, 0, 0]);

// The namespace is V8's own, with its functions as Web IDL has them.
const d = Object.getOwnPropertyDescriptor(globalThis, "WebAssembly");
assert(d.configurable && !d.enumerable);
equal(Object.prototype.toString.call(WebAssembly), "[object WebAssembly]");
for (const name of ["compile", "instantiate", "compileStreaming", "instantiateStreaming"]) {
  const f = Object.getOwnPropertyDescriptor(WebAssembly, name);
  assert(f.writable && f.enumerable && f.configurable, name);
  equal(f.value.name, name);
  equal(f.value.length, 1);
  assert(f.value() instanceof Promise);
  await rejects("TypeError", f.value());
}
equal(WebAssembly.validate(add), true);
equal(WebAssembly.validate(broken), false);

// compile
const module = await WebAssembly.compile(add);
assert(module instanceof WebAssembly.Module);
same(WebAssembly.Module.exports(module), [{ name: "add", kind: "function" }]);
assert((await WebAssembly.compile(add.buffer)) instanceof WebAssembly.Module);
assert((await WebAssembly.compile(new DataView(add.buffer))) instanceof WebAssembly.Module);
const changed = add.slice();
const before = WebAssembly.compile(changed);
changed.fill(0);
assert((await before) instanceof WebAssembly.Module, "the bytes are those of the call");
await rejects("CompileError", WebAssembly.compile(broken), "version");
assert((await WebAssembly.compile(broken).catch((e) => e)) instanceof WebAssembly.CompileError);
await rejects("CompileError", WebAssembly.compile(new Uint8Array(0)), "empty");
await rejects("TypeError", WebAssembly.compile("text"), "buffer source");

// instantiate, of bytes and of a module
const both = await WebAssembly.instantiate(add);
same(Object.keys(both), ["module", "instance"]);
assert(both.module instanceof WebAssembly.Module && both.instance instanceof WebAssembly.Instance);
equal(both.instance.exports.add(2, 40), 42);
const instance = await WebAssembly.instantiate(module, {});
assert(instance instanceof WebAssembly.Instance);
equal(instance.exports.add(-1, 1), 0);
let started = 0;
const pending = WebAssembly.instantiate(starts, { m: { f() { started++; } } });
equal(started, 0, "the start function does not run in the call");
await pending;
equal(started, 1);
const thrown = new Error("from the start function");
equal(await WebAssembly.instantiate(starts, { m: { f() { throw thrown; } } }).catch((e) => e), thrown);
await rejects("TypeError", WebAssembly.instantiate(starts), "Imports argument");
await rejects("LinkError", WebAssembly.instantiate(starts, { m: { f: 1 } }));
assert((await WebAssembly.instantiate(starts, { m: {} }).catch((e) => e)) instanceof WebAssembly.LinkError);
await rejects("RuntimeError", WebAssembly.instantiate(traps), "unreachable");
await rejects("TypeError", WebAssembly.instantiate(add, 1), "imports");
await rejects("TypeError", WebAssembly.instantiate(add, null), "imports");
await rejects("TypeError", WebAssembly.instantiate({}), "WebAssembly.Module");
await rejects("TypeError", WebAssembly.instantiate(Object.create(WebAssembly.Module.prototype)), "WebAssembly.Module");
await rejects("CompileError", WebAssembly.instantiate(broken));

// the streaming forms, of a Response and of a promise of one
const served = (bytes, type = "application/wasm", status = 200) => new Response(bytes, { status, headers: { "Content-Type": type } });
assert((await WebAssembly.compileStreaming(served(add))) instanceof WebAssembly.Module);
assert((await WebAssembly.compileStreaming(Promise.resolve(served(add, " Application/WASM ")))) instanceof WebAssembly.Module);
equal((await WebAssembly.instantiateStreaming(served(add))).instance.exports.add(1, 1), 2);
await WebAssembly.instantiateStreaming(served(starts), { m: { f() { started++; } } });
equal(started, 2);
equal((await WebAssembly.instantiateStreaming(fetch(SERVER + "/wasm"))).instance.exports.add(3, 4), 7);
const used = served(add);
await WebAssembly.compileStreaming(used);
equal(used.bodyUsed, true);
await rejects("TypeError", WebAssembly.compileStreaming(used), "read already");
await rejects("TypeError", WebAssembly.compileStreaming(served(add, "text/plain")), "application/wasm");
await rejects("TypeError", WebAssembly.compileStreaming(new Response(add)), "missing");
await rejects("TypeError", WebAssembly.compileStreaming(served(add, "application/wasm", 404)), "404");
await rejects("TypeError", WebAssembly.compileStreaming(add), "Response");
await rejects("CompileError", WebAssembly.compileStreaming(served(broken)));
await rejects("TypeError", WebAssembly.instantiateStreaming(served(add), 5), "imports");
equal(await WebAssembly.compileStreaming(Promise.reject(thrown)).catch((e) => e), thrown);

// What a function does to the namespace changes nothing in the host's.
const { compile } = WebAssembly;
WebAssembly.Module = class { constructor() { throw new Error("fake"); } };
assert(Object.getPrototypeOf(await compile(add)) === Object.getPrototypeOf(module));
