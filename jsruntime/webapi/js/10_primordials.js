// What the host's JavaScript uses of the language, captured before any function's
// code runs. Nothing after this file calls a method through a prototype, iterates
// with for-of, spreads, destructures an array or awaits: each of those can be
// changed by a function. Lists that the host fills are made by newList, since an
// assignment past the end of a plain array asks setters on Array.prototype.
const functionCall = Function.prototype.call;
const uncurry = functionCall.bind.bind(functionCall);

const {
  create: objectCreate, defineProperty, freeze, getOwnPropertyDescriptor: descriptorOf, getPrototypeOf, setPrototypeOf,
  keys: objectKeys, prototype: ObjectPrototype,
} = Object;
const objectToString = uncurry(ObjectPrototype.toString);
const hasOwn = uncurry(ObjectPrototype.hasOwnProperty);
const isEnumerable = uncurry(ObjectPrototype.propertyIsEnumerable);
const { apply, construct, ownKeys } = Reflect;
const FunctionPrototype = Function.prototype;
const functionToString = uncurry(FunctionPrototype.toString);

const ArrayPrototype = Array.prototype;
const { isArray } = Array;
const arrayJoin = uncurry(ArrayPrototype.join);
const arraySort = uncurry(ArrayPrototype.sort);
const arraySplice = uncurry(ArrayPrototype.splice);

const StringCtor = String;
const { fromCharCode } = String;
const charCodeAt = uncurry(String.prototype.charCodeAt);
const strIndexOf = uncurry(String.prototype.indexOf);
const strPadStart = uncurry(String.prototype.padStart);
const strRepeat = uncurry(String.prototype.repeat);
const strSlice = uncurry(String.prototype.slice);
const strLower = uncurry(String.prototype.toLowerCase);
const strUpper = uncurry(String.prototype.toUpperCase);
const nativeToWellFormed = String.prototype.toWellFormed && uncurry(String.prototype.toWellFormed);
const stringValueOf = uncurry(String.prototype.valueOf);

const NumberCtor = Number, BooleanCtor = Boolean, ObjectCtor = Object;
const { isInteger, MAX_SAFE_INTEGER } = Number;
const { floor, trunc, min, max } = Math;
const parseFloatNumber = parseFloat, parseInteger = parseInt;
const numberToString = uncurry(Number.prototype.toString);
const numberToFixed = uncurry(Number.prototype.toFixed);
const numberValueOf = uncurry(Number.prototype.valueOf);
const booleanValueOf = uncurry(Boolean.prototype.valueOf);
const bigintValueOf = uncurry(BigInt.prototype.valueOf);
const symbolValueOf = uncurry(Symbol.prototype.valueOf);
const symbolToString = uncurry(Symbol.prototype.toString);
const SymbolCtor = Symbol, MathObject = Math;
const { for: symbolFor, iterator: symbolIterator, asyncIterator: symbolAsyncIterator, toStringTag: symbolToStringTag } = Symbol;

const { parse: nativeParse, stringify: jsonStringify } = JSON; // jsonParse is checked
const ErrorCtor = Error, TypeErrorCtor = TypeError, RangeErrorCtor = RangeError, SyntaxErrorCtor = SyntaxError;
const EvalErrorCtor = EvalError, ReferenceErrorCtor = ReferenceError, URIErrorCtor = URIError;
const ErrorPrototype = Error.prototype;
const nativeIsError = Error.isError, captureStackTrace = Error.captureStackTrace;
// framesOnly says that a stack does not begin with the error's name and message, as V8's
// does, which has none yet where its snapshot is made.
const framesOnly = strIndexOf(`${new Error().stack}`, "    at ") === 0;

const MapCtor = Map, SetCtor = Set, DateCtor = Date, RegExpCtor = RegExp, WeakRefCtor = WeakRef;
const mapGet = uncurry(Map.prototype.get);
const mapSet = uncurry(Map.prototype.set);
const mapHas = uncurry(Map.prototype.has);
const mapDelete = uncurry(Map.prototype.delete);
const mapForEach = uncurry(Map.prototype.forEach);
const mapSize = getter(Map.prototype, "size");
const setAdd = uncurry(Set.prototype.add);
const setHas = uncurry(Set.prototype.has);
const setForEach = uncurry(Set.prototype.forEach);
const setSize = getter(Set.prototype, "size");
const deref = uncurry(WeakRef.prototype.deref);
const dateGetTime = uncurry(Date.prototype.getTime);
const dateToISO = uncurry(Date.prototype.toISOString);
const regexpSource = getter(RegExp.prototype, "source");
const regexpFlags = getter(RegExp.prototype, "flags");

const PromiseCtor = Promise;
const promiseThen = uncurry(Promise.prototype.then);

const ArrayBufferCtor = ArrayBuffer, DataViewCtor = DataView, U8 = Uint8Array, I32 = Int32Array;
const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype);
const viewClasses = {
  __proto__: null, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  Float32Array, Float64Array, BigInt64Array, BigUint64Array,
  Float16Array: undefined, // set by late: not every context has it from the start
};
const isView = ArrayBuffer.isView;
const bufferLength = getter(ArrayBuffer.prototype, "byteLength");
const bufferDetached = getter(ArrayBuffer.prototype, "detached");
const bufferTransfer = ArrayBuffer.prototype.transfer && uncurry(ArrayBuffer.prototype.transfer);
let sharedLength; // set by late: not every context has SharedArrayBuffer from the start
const typedName = getter(TypedArrayPrototype, symbolToStringTag);
const typedLength = getter(TypedArrayPrototype, "length");
const typedByteLength = getter(TypedArrayPrototype, "byteLength");
const typedByteOffset = getter(TypedArrayPrototype, "byteOffset");
const typedBuffer = getter(TypedArrayPrototype, "buffer");
const typedSet = uncurry(TypedArrayPrototype.set);
const viewByteLength = getter(DataView.prototype, "byteLength");
const viewByteOffset = getter(DataView.prototype, "byteOffset");
const viewBuffer = getter(DataView.prototype, "buffer");
const IteratorPrototype = getPrototypeOf(getPrototypeOf([][symbolIterator]()));

// getOwnPropertyDescriptor returns an object without a prototype, so that asking for
// what it lacks, or defining a property with it, asks nobody.
function getOwnPropertyDescriptor(object, key) {
  const d = descriptorOf(object, key);
  return d === undefined ? undefined : setPrototypeOf(d, null);
}

// getter takes an accessor's function; undefined where the engine lacks it. To be
// called while the language is sound.
function getter(prototype, key) {
  const d = descriptorOf(prototype, key);
  return d && uncurry(d.get);
}

// newList makes an array without a prototype: writing and reading it can ask nobody.
function newList() {
  return setPrototypeOf([], null);
}

// toArray turns a list into an array that a function may have.
function toArray(list) {
  return setPrototypeOf(list, ArrayPrototype);
}

function removeAt(list, i) {
  for (; i + 1 < list.length; i++) list[i] = list[i + 1];
  list.length--;
}

// isObject reports whether value has properties of its own.
function isObject(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

// defineData makes an own property as an assignment would, asking no setter.
function defineData(object, key, value) {
  defineProperty(object, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

// defineHidden makes an own property that does not enumerate.
function defineHidden(object, key, value) {
  defineProperty(object, key, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
}
