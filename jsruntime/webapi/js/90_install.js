// The globals. Each is an accessor until it is first touched, when it becomes an
// ordinary property; functions are there from the start, and ask for the rest when they
// are called. A context pays for an object it has, touched or not, so there is little.
//
// This runs while the language is sound, so descriptors need no null prototype here;
// in the accessors, which run later, they do.

// The accessors are written out, since a closure for each would need a context of its own.
// One function is getter and setter: a context pays for each.

// found makes what a global is, in place of its accessor.
function found(name) {
  const value = web().globalOf(name);
  put(name, value, global);
  return value;
}

// put makes an ordinary property of a global that is assigned to, or of an object that
// inherits from it.
function put(name, value, receiver) {
  const target = receiver === undefined || receiver === null ? global : receiver;
  const enumerable = target !== global || name === "crypto" || name === "performance" || name === "navigator";
  defineProperty(target, name, { __proto__: null, value, writable: true, enumerable, configurable: true });
}

// scopeOf is what a method of the global scope's is called on, where it is called on nothing.
function scopeOf(receiver) {
  return receiver === undefined || receiver === null ? global : receiver;
}

// reach is an accessor's getter, which is called with nothing, and its setter.
function reach(name, args, receiver) {
  return args.length === 0 ? found(name) : put(name, args[0], receiver);
}

// onEvent is that of a handler of the global scope's.
function onEvent(type, args) {
  const events = web().globalEvents();
  return args.length === 0 ? events.handler(type) : events.setHandler(type, args[0]);
}

function define(accessors, name, enumerable = name === "crypto" || name === "performance" || name === "navigator") {
  const both = accessors[name];
  defineProperty(global, name, { get: both, set: both, enumerable, configurable: true });
}

{
  const accessors = {
    console() { return reach("console", arguments, this); },
    DOMException() { return reach("DOMException", arguments, this); },
    Event() { return reach("Event", arguments, this); },
    CustomEvent() { return reach("CustomEvent", arguments, this); },
    EventTarget() { return reach("EventTarget", arguments, this); },
    AbortController() { return reach("AbortController", arguments, this); },
    AbortSignal() { return reach("AbortSignal", arguments, this); },
    TextEncoder() { return reach("TextEncoder", arguments, this); },
    TextDecoder() { return reach("TextDecoder", arguments, this); },
    URL() { return reach("URL", arguments, this); },
    URLSearchParams() { return reach("URLSearchParams", arguments, this); },
    Headers() { return reach("Headers", arguments, this); },
    Request() { return reach("Request", arguments, this); },
    Response() { return reach("Response", arguments, this); },
    ReadableStream() { return reach("ReadableStream", arguments, this); },
    WritableStream() { return reach("WritableStream", arguments, this); },
    TransformStream() { return reach("TransformStream", arguments, this); },
    ByteLengthQueuingStrategy() { return reach("ByteLengthQueuingStrategy", arguments, this); },
    CountQueuingStrategy() { return reach("CountQueuingStrategy", arguments, this); },
    ReadableStreamDefaultReader() { return reach("ReadableStreamDefaultReader", arguments, this); },
    ReadableStreamBYOBReader() { return reach("ReadableStreamBYOBReader", arguments, this); },
    ReadableStreamBYOBRequest() { return reach("ReadableStreamBYOBRequest", arguments, this); },
    ReadableStreamDefaultController() { return reach("ReadableStreamDefaultController", arguments, this); },
    ReadableByteStreamController() { return reach("ReadableByteStreamController", arguments, this); },
    WritableStreamDefaultController() { return reach("WritableStreamDefaultController", arguments, this); },
    WritableStreamDefaultWriter() { return reach("WritableStreamDefaultWriter", arguments, this); },
    TransformStreamDefaultController() { return reach("TransformStreamDefaultController", arguments, this); },
    TextEncoderStream() { return reach("TextEncoderStream", arguments, this); },
    TextDecoderStream() { return reach("TextDecoderStream", arguments, this); },
    CompressionStream() { return reach("CompressionStream", arguments, this); },
    DecompressionStream() { return reach("DecompressionStream", arguments, this); },
    Blob() { return reach("Blob", arguments, this); },
    File() { return reach("File", arguments, this); },
    FormData() { return reach("FormData", arguments, this); },
    ErrorEvent() { return reach("ErrorEvent", arguments, this); },
    PromiseRejectionEvent() { return reach("PromiseRejectionEvent", arguments, this); },
    MessageEvent() { return reach("MessageEvent", arguments, this); },
    MessageChannel() { return reach("MessageChannel", arguments, this); },
    MessagePort() { return reach("MessagePort", arguments, this); },
    crypto() { return reach("crypto", arguments, this); },
    Crypto() { return reach("Crypto", arguments, this); },
    performance() { return reach("performance", arguments, this); },
    Performance() { return reach("Performance", arguments, this); },
    navigator() { return reach("navigator", arguments, this); },
    Navigator() { return reach("Navigator", arguments, this); },
    URLPattern() { return reach("URLPattern", arguments, this); },
    SubtleCrypto() { return reach("SubtleCrypto", arguments, this); },
    CryptoKey() { return reach("CryptoKey", arguments, this); },
  };
  const names = objectKeys(accessors);
  for (let i = 0; i < names.length; i++) define(accessors, names[i]);
  const handlers = {
    onerror() { return onEvent("error", arguments); },
    onunhandledrejection() { return onEvent("unhandledrejection", arguments); },
    onrejectionhandled() { return onEvent("rejectionhandled", arguments); },
  };
  const events = objectKeys(handlers);
  for (let i = 0; i < events.length; i++) define(handlers, events[i], true);
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
