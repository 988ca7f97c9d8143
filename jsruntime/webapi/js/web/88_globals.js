// globalOf makes what a global is: what its group has under its name.
const groupOf = once(() => ({
  __proto__: null,
  DOMException: domException, QuotaExceededError: domException,
  Event: events, CustomEvent: events,
  EventTarget: eventTarget,
  AbortController: aborting, AbortSignal: aborting,
  TextEncoder: encoding, TextDecoder: encoding,
  URL: urls,
  URLSearchParams: searchParams,
  Headers: headersClass,
  Request: requests,
  Response: responses,
  ReadableStream: streams, WritableStream: streams, TransformStream: streams, ByteLengthQueuingStrategy: streams, CountQueuingStrategy: streams, ReadableStreamDefaultReader: streams, ReadableStreamBYOBReader: streams, ReadableStreamBYOBRequest: streams, ReadableStreamDefaultController: streams, ReadableByteStreamController: streams, WritableStreamDefaultController: streams, WritableStreamDefaultWriter: streams, TransformStreamDefaultController: streams, TextEncoderStream: streams, TextDecoderStream: streams, CompressionStream: streams, DecompressionStream: streams,
  Blob: files, File: files, FormData: files,
  ErrorEvent: eventsPart, PromiseRejectionEvent: eventsPart, MessageEvent: eventsPart, MessageChannel: eventsPart, MessagePort: eventsPart,
  crypto: cryptoObject, Crypto: cryptoObject,
  performance: performanceObject, Performance: performanceObject,
  navigator: navigatorObject, Navigator: navigatorObject,
  URLPattern: patterns,
  SubtleCrypto: cryptoPart, CryptoKey: cryptoPart,
}));

function globalOf(name) {
  if (name === "console") return consoleObject();
  if (name === "WebAssembly") return wasm();
  return groupOf()[name]()[name];
}
