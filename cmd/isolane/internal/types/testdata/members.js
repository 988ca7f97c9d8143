// Lists what the real runtime has: the members of its globals and of what a function gets,
// and the options that are read.
const ECMASCRIPT = new Set([
  "AggregateError", "Array", "ArrayBuffer", "AsyncDisposableStack", "Atomics", "BigInt", "BigInt64Array",
  "BigUint64Array", "Boolean", "DataView", "Date", "DisposableStack", "Error", "EvalError", "FinalizationRegistry",
  "Float16Array", "Float32Array", "Float64Array", "Function", "Infinity", "Int16Array", "Int32Array", "Int8Array",
  "Intl", "Iterator", "JSON", "Map", "Math", "NaN", "Number", "Object", "Promise", "Proxy", "RangeError",
  "ReferenceError", "Reflect", "RegExp", "Set", "SharedArrayBuffer", "String", "SuppressedError", "Symbol",
  "SyntaxError", "TypeError", "URIError", "Uint16Array", "Uint32Array", "Uint8Array", "Uint8ClampedArray", "WeakMap",
  "WeakRef", "WeakSet", "decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent", "escape", "eval",
  "globalThis", "isFinite", "isNaN", "parseFloat", "parseInt", "undefined", "unescape",
]);
const LANGUAGE = new Set([Object.prototype, Error.prototype, Function.prototype]);

// keysOf names own properties, iterators as @@iterator and @@asyncIterator.
function keysOf(object) {
  return Reflect.ownKeys(object).flatMap((key) =>
    typeof key === "string" ? [key]
      : key === Symbol.iterator ? ["@@iterator"]
        : key === Symbol.asyncIterator ? ["@@asyncIterator"] : []);
}

// membersOf lists what an object of the prototype has, from all of the web's classes.
function membersOf(prototype) {
  const names = new Set();
  for (let p = prototype; p !== null && !LANGUAGE.has(p); p = Object.getPrototypeOf(p)) {
    for (const key of keysOf(p)) if (key !== "constructor") names.add(key);
  }
  return [...names].sort();
}

function objectMembers(object) {
  return [...new Set([...keysOf(object), ...membersOf(Object.getPrototypeOf(object))])].filter((n) => n !== "constructor").sort();
}

// read lists the options that a call reads.
async function read(call) {
  const names = new Set();
  const spy = new Proxy({}, { get(_, key) { if (typeof key === "string") names.add(key); return undefined; } });
  try {
    await call(spy);
  } catch {}
  return [...names].sort();
}

function globals() {
  const found = {};
  for (const name of Object.getOwnPropertyNames(globalThis).sort()) {
    if (ECMASCRIPT.has(name) || name === "self") continue;
    const value = globalThis[name];
    if (value === null) {
      found[name] = { instance: [] }; // a handler that is not set
    } else if (typeof value !== "function") {
      found[name] = { instance: objectMembers(value) };
    } else if (value.prototype === undefined || Object.getOwnPropertyDescriptor(value, "prototype").writable) {
      found[name] = { function: true };
    } else {
      found[name] = {
        instance: membersOf(value.prototype),
        static: keysOf(value).filter((key) => !["length", "name", "prototype", "arguments", "caller"].includes(key)).sort(),
      };
    }
  }
  return found;
}

export default async function (msg, ctx) {
  const kv = ctx.kv("types");
  await kv.put("k", "v");
  return {
    globals: globals(),
    isolane: {
      Message: objectMembers(msg),
      Context: objectMembers(ctx),
      Invocation: objectMembers(ctx.invocation),
      Nats: objectMembers(ctx.nats),
      Answer: objectMembers(await ctx.nats.request("echo", "x")),
      ServiceError: await ctx.nats.request("fails").then(() => [], (e) => ["name", ...keysOf(e)].filter((n) => n !== "stack").sort()),
      Published: objectMembers(await ctx.nats.publish("stored", "x", { ack: true })),
      Bucket: objectMembers(kv),
      Entry: objectMembers(await kv.get("k")),
      PublishOptions: await read((o) => ctx.nats.publish("echo", "x", o)),
      RequestOptions: await read((o) => ctx.nats.request("echo", "x", o)),
      GetOptions: await read((o) => kv.get("k", o)),
      WriteOptions: await read((o) => kv.put("k", "v", o)),
      DeleteOptions: await read((o) => kv.delete("k", o)),
      KeysOptions: await read((o) => kv.keys(o)),
      CallOptions: await read((o) => ctx.call("x", "y", "z", undefined, o)),
      RetryOptions: await read((o) => msg.retry(o)),
    },
  };
}
