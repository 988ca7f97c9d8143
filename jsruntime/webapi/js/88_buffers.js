// Buffers that can grow are reserved whole, outside of the allocator that keeps an
// isolate's account: their size is bounded here, and shared ones have one size, since
// the engine does not count them.

function nameOf(constructor, name, length) {
  defineProperty(constructor, "name", { __proto__: null, value: name, configurable: true });
  defineProperty(constructor, "length", { __proto__: null, value: length, configurable: true });
}

// replace puts constructor in the place of native in holder, with all that native has.
function replace(native, constructor, name, holder) {
  const { prototype } = native;
  nameOf(constructor, name, 1);
  const keys = ownKeys(native);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key !== "length" && key !== "name") defineProperty(constructor, key, getOwnPropertyDescriptor(native, key));
  }
  defineHidden(prototype, "constructor", constructor);
  defineHidden(holder, name, constructor);
}

function BoundedArrayBuffer(length, options) {
  if (new.target === undefined) throw new TypeErrorCtor("Constructor ArrayBuffer requires 'new'");
  if (!isObject(options)) return construct(ArrayBufferCtor, [length], new.target);
  const wanted = options.maxByteLength;
  if (wanted === undefined) return construct(ArrayBufferCtor, [length], new.target);
  const maxByteLength = +wanted;
  if (maxByteLength > host.buffers) {
    throw new RangeErrorCtor(`ArrayBuffer: maxByteLength of ${maxByteLength} bytes is over the limit of ${host.buffers} (limits.buffers)`);
  }
  return construct(ArrayBufferCtor, [length, { __proto__: null, maxByteLength }], new.target);
}

let Shared; // the engine's SharedArrayBuffer

function BoundedSharedArrayBuffer(length, options) {
  if (new.target === undefined) throw new TypeErrorCtor("Constructor SharedArrayBuffer requires 'new'");
  if (isObject(options) && options.maxByteLength !== undefined) {
    throw new TypeErrorCtor("SharedArrayBuffer: maxByteLength is not supported: nothing here could share a buffer that grows");
  }
  return construct(Shared, [length], new.target);
}
nameOf(BoundedSharedArrayBuffer, "SharedArrayBuffer", 1);
defineProperty(BoundedSharedArrayBuffer, Symbol.species, getOwnPropertyDescriptor(ArrayBufferCtor, Symbol.species));

let nativeWasm; // the engine's WebAssembly

// late installs what cannot be installed before there is an isolate that runs
// functions: SharedArrayBuffer, WebAssembly and Float16Array are not there in a snapshot's. The language
// is sound yet.
function late() {
  made = undefined; // what a rehearsal made is not for this context
  viewClasses.Float16Array = global.Float16Array;
  nativeWasm = global.WebAssembly;
  if (nativeWasm !== undefined) define("WebAssembly");
  Shared = global.SharedArrayBuffer;
  if (typeof Shared !== "function") return;
  BoundedSharedArrayBuffer.prototype = Shared.prototype;
  Shared.prototype.constructor = BoundedSharedArrayBuffer;
  global.SharedArrayBuffer = BoundedSharedArrayBuffer;
  sharedLength = getter(Shared.prototype, "byteLength");
}
