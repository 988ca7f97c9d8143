// The globals. Each is an accessor until it is first touched, when it becomes an
// ordinary property; functions are there from the start, and ask for the rest when they
// are called. A context pays for an object it has, touched or not, so there is little.
//
// This runs while the language is sound, so descriptors need no null prototype here;
// in the accessors, which run later, they do.

// One function is getter and setter: a context pays for each.

// found makes what a global is, in place of its accessor.
function found(name) {
  const value = web().globalOf(name);
  put(name, value);
  return value;
}

// put makes an ordinary property of a global that is assigned to.
function put(name, value) {
  const enumerable = name === "crypto" || name === "performance" || name === "navigator";
  defineProperty(global, name, { __proto__: null, value, writable: true, enumerable, configurable: true });
}

// scopeOf is what a method of the global scope's is called on, where it is called on nothing.
function scopeOf(receiver) {
  return receiver === undefined || receiver === null ? global : receiver;
}

// reach is an accessor's getter, which is called with the name alone, and its setter.
function reach(name) {
  return arguments.length === 1 ? found(name) : put(name, arguments[1]);
}

// onEvent is that of a handler of the global scope's.
function onEvent(type) {
  const events = web().globalEvents();
  return arguments.length === 1 ? events.handler(type) : events.setHandler(type, arguments[1]);
}

// define makes an accessor of the global scope's. A bound function is the cheapest that V8
// copies into a context; it does not tell through what object it was reached, so what is
// assigned to an object that inherits from the global scope becomes the scope's own, once.
function define(name, both = reach.bind(undefined, name), enumerable = name === "crypto" || name === "performance" || name === "navigator") {
  defineProperty(global, name, { get: both, set: both, enumerable, configurable: true });
}

{
  const names = [
    "console", "DOMException", "QuotaExceededError", "Event", "CustomEvent", "EventTarget", "AbortController", "AbortSignal",
    "TextEncoder", "TextDecoder", "URL", "URLSearchParams", "Headers", "Request", "Response",
    "ReadableStream", "WritableStream", "TransformStream", "ByteLengthQueuingStrategy",
    "CountQueuingStrategy", "ReadableStreamDefaultReader", "ReadableStreamBYOBReader",
    "ReadableStreamBYOBRequest", "ReadableStreamDefaultController", "ReadableByteStreamController",
    "WritableStreamDefaultController", "WritableStreamDefaultWriter", "TransformStreamDefaultController",
    "TextEncoderStream", "TextDecoderStream", "CompressionStream", "DecompressionStream", "Blob", "File",
    "FormData", "ErrorEvent", "PromiseRejectionEvent", "MessageEvent", "MessageChannel", "MessagePort",
    "crypto", "Crypto", "performance", "Performance", "navigator", "Navigator", "URLPattern", "SubtleCrypto",
    "CryptoKey",
  ];
  for (let i = 0; i < names.length; i++) define(names[i]);
  define("onerror", onEvent.bind(undefined, "error"), true);
  define("onunhandledrejection", onEvent.bind(undefined, "unhandledrejection"), true);
  define("onrejectionhandled", onEvent.bind(undefined, "rejectionhandled"), true);
}
({
  setTimeout: global.setTimeout, setInterval: global.setInterval,
  clearTimeout: global.clearTimeout, clearInterval: global.clearInterval,
  queueMicrotask: global.queueMicrotask, atob: global.atob, btoa: global.btoa,
  structuredClone: global.structuredClone, fetch: global.fetch, reportError: global.reportError,
  addEventListener: global.addEventListener, removeEventListener: global.removeEventListener, dispatchEvent: global.dispatchEvent,
} = {
  setTimeout(handler, timeout = 0, ...args) { return apply(web().timerFunctions.setTimeout, this, arguments); },
  setInterval(handler, timeout = 0, ...args) { return apply(web().timerFunctions.setInterval, this, arguments); },
  clearTimeout(id = 0) { return apply(web().timerFunctions.clearTimeout, this, arguments); },
  clearInterval(id = 0) { return apply(web().timerFunctions.clearInterval, this, arguments); },
  queueMicrotask(callback) { return apply(web().timerFunctions.queueMicrotask, this, arguments); },
  atob(data) { return apply(web().base64Functions.atob, this, arguments); },
  btoa(data) { return apply(web().base64Functions.btoa, this, arguments); },
  structuredClone(value, options = undefined) { return apply(web().cloneFunctions.structuredClone, this, arguments); },
  reportError(error) { return apply(web().reportFunctions.reportError, this, arguments); },
  addEventListener(type, callback, options = undefined) { return apply(web().globalEvents().addEventListener, scopeOf(this), arguments); },
  removeEventListener(type, callback, options = undefined) { return apply(web().globalEvents().removeEventListener, scopeOf(this), arguments); },
  dispatchEvent(event) { return apply(web().globalEvents().dispatchEvent, scopeOf(this), arguments); },
  fetch(input, init = undefined) { return apply(web().fetchFunctions.fetch, this, arguments); },
});
global.self = global;
replace(ArrayBufferCtor, BoundedArrayBuffer, "ArrayBuffer", global);

return { __proto__: null, late, replyParts, web };
