// The globals. Each is an accessor until it is first touched, when it becomes an
// ordinary property; functions are there from the start, and ask for the rest when they
// are called. A context pays for an object it has, touched or not, so there is little.
//
// This runs while the language is sound, so descriptors need no null prototype here;
// in the accessors, which run later, they do.

// The accessors are written out, since a closure for each would need a context of its own.

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

function define(accessors, name) {
  const d = descriptorOf(accessors, name);
  d.enumerable = name === "crypto" || name === "performance" || name === "navigator";
  defineProperty(global, name, d);
}

{
  const accessors = {
    get console() { return found("console"); }, set console(v) { put("console", v, this); },
    get DOMException() { return found("DOMException"); }, set DOMException(v) { put("DOMException", v, this); },
    get Event() { return found("Event"); }, set Event(v) { put("Event", v, this); },
    get CustomEvent() { return found("CustomEvent"); }, set CustomEvent(v) { put("CustomEvent", v, this); },
    get EventTarget() { return found("EventTarget"); }, set EventTarget(v) { put("EventTarget", v, this); },
    get AbortController() { return found("AbortController"); }, set AbortController(v) { put("AbortController", v, this); },
    get AbortSignal() { return found("AbortSignal"); }, set AbortSignal(v) { put("AbortSignal", v, this); },
    get TextEncoder() { return found("TextEncoder"); }, set TextEncoder(v) { put("TextEncoder", v, this); },
    get TextDecoder() { return found("TextDecoder"); }, set TextDecoder(v) { put("TextDecoder", v, this); },
    get URL() { return found("URL"); }, set URL(v) { put("URL", v, this); },
    get URLSearchParams() { return found("URLSearchParams"); }, set URLSearchParams(v) { put("URLSearchParams", v, this); },
    get Headers() { return found("Headers"); }, set Headers(v) { put("Headers", v, this); },
    get Request() { return found("Request"); }, set Request(v) { put("Request", v, this); },
    get Response() { return found("Response"); }, set Response(v) { put("Response", v, this); },
    get ReadableStream() { return found("ReadableStream"); }, set ReadableStream(v) { put("ReadableStream", v, this); },
    get WritableStream() { return found("WritableStream"); }, set WritableStream(v) { put("WritableStream", v, this); },
    get TransformStream() { return found("TransformStream"); }, set TransformStream(v) { put("TransformStream", v, this); },
    get ByteLengthQueuingStrategy() { return found("ByteLengthQueuingStrategy"); }, set ByteLengthQueuingStrategy(v) { put("ByteLengthQueuingStrategy", v, this); },
    get CountQueuingStrategy() { return found("CountQueuingStrategy"); }, set CountQueuingStrategy(v) { put("CountQueuingStrategy", v, this); },
    get ReadableStreamDefaultReader() { return found("ReadableStreamDefaultReader"); }, set ReadableStreamDefaultReader(v) { put("ReadableStreamDefaultReader", v, this); },
    get ReadableStreamBYOBReader() { return found("ReadableStreamBYOBReader"); }, set ReadableStreamBYOBReader(v) { put("ReadableStreamBYOBReader", v, this); },
    get ReadableStreamBYOBRequest() { return found("ReadableStreamBYOBRequest"); }, set ReadableStreamBYOBRequest(v) { put("ReadableStreamBYOBRequest", v, this); },
    get ReadableStreamDefaultController() { return found("ReadableStreamDefaultController"); }, set ReadableStreamDefaultController(v) { put("ReadableStreamDefaultController", v, this); },
    get ReadableByteStreamController() { return found("ReadableByteStreamController"); }, set ReadableByteStreamController(v) { put("ReadableByteStreamController", v, this); },
    get WritableStreamDefaultController() { return found("WritableStreamDefaultController"); }, set WritableStreamDefaultController(v) { put("WritableStreamDefaultController", v, this); },
    get WritableStreamDefaultWriter() { return found("WritableStreamDefaultWriter"); }, set WritableStreamDefaultWriter(v) { put("WritableStreamDefaultWriter", v, this); },
    get TransformStreamDefaultController() { return found("TransformStreamDefaultController"); }, set TransformStreamDefaultController(v) { put("TransformStreamDefaultController", v, this); },
    get TextEncoderStream() { return found("TextEncoderStream"); }, set TextEncoderStream(v) { put("TextEncoderStream", v, this); },
    get TextDecoderStream() { return found("TextDecoderStream"); }, set TextDecoderStream(v) { put("TextDecoderStream", v, this); },
    get CompressionStream() { return found("CompressionStream"); }, set CompressionStream(v) { put("CompressionStream", v, this); },
    get DecompressionStream() { return found("DecompressionStream"); }, set DecompressionStream(v) { put("DecompressionStream", v, this); },
    get Blob() { return found("Blob"); }, set Blob(v) { put("Blob", v, this); },
    get File() { return found("File"); }, set File(v) { put("File", v, this); },
    get FormData() { return found("FormData"); }, set FormData(v) { put("FormData", v, this); },
    get ErrorEvent() { return found("ErrorEvent"); }, set ErrorEvent(v) { put("ErrorEvent", v, this); },
    get PromiseRejectionEvent() { return found("PromiseRejectionEvent"); }, set PromiseRejectionEvent(v) { put("PromiseRejectionEvent", v, this); },
    get MessageEvent() { return found("MessageEvent"); }, set MessageEvent(v) { put("MessageEvent", v, this); },
    get MessageChannel() { return found("MessageChannel"); }, set MessageChannel(v) { put("MessageChannel", v, this); },
    get MessagePort() { return found("MessagePort"); }, set MessagePort(v) { put("MessagePort", v, this); },
    get crypto() { return found("crypto"); }, set crypto(v) { put("crypto", v, this); },
    get Crypto() { return found("Crypto"); }, set Crypto(v) { put("Crypto", v, this); },
    get performance() { return found("performance"); }, set performance(v) { put("performance", v, this); },
    get Performance() { return found("Performance"); }, set Performance(v) { put("Performance", v, this); },
    get navigator() { return found("navigator"); }, set navigator(v) { put("navigator", v, this); },
    get Navigator() { return found("Navigator"); }, set Navigator(v) { put("Navigator", v, this); },
    get URLPattern() { return found("URLPattern"); }, set URLPattern(v) { put("URLPattern", v, this); },
    get SubtleCrypto() { return found("SubtleCrypto"); }, set SubtleCrypto(v) { put("SubtleCrypto", v, this); },
    get CryptoKey() { return found("CryptoKey"); }, set CryptoKey(v) { put("CryptoKey", v, this); },
  };
  defineProperty(global, "onerror", {
    get: () => web().globalEvents().handler("error"), set: (f) => { web().globalEvents().setHandler("error", f); }, enumerable: true, configurable: true,
  });
  defineProperty(global, "onunhandledrejection", {
    get: () => web().globalEvents().handler("unhandledrejection"), set: (f) => { web().globalEvents().setHandler("unhandledrejection", f); }, enumerable: true, configurable: true,
  });
  defineProperty(global, "onrejectionhandled", {
    get: () => web().globalEvents().handler("rejectionhandled"), set: (f) => { web().globalEvents().setHandler("rejectionhandled", f); }, enumerable: true, configurable: true,
  });
  const names = objectKeys(accessors);
  for (let i = 0; i < names.length; i++) define(accessors, names[i]);
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
