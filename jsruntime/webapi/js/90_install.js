// The globals. A group of them is an accessor until it is first touched; then the
// group is made and each touched name becomes an ordinary property.
//
// This runs while the language is sound, so descriptors need no null prototype here;
// in the accessors, which run later, they do.
function lazy(name, enumerable, make) {
  defineProperty(global, name, {
    enumerable,
    configurable: true,
    get: () => {
      const value = make();
      defineProperty(global, name, { __proto__: null, value, writable: true, enumerable, configurable: true });
      return value;
    },
    set: function (value) {
      const target = this === undefined || this === null ? global : this;
      defineProperty(target, name, { __proto__: null, value, writable: true, enumerable: target !== global || enumerable, configurable: true });
    },
  });
}

lazy("console", false, () => consoleObject());
lazy("DOMException", false, () => domException().DOMException);
lazy("Event", false, () => events().Event);
lazy("CustomEvent", false, () => events().CustomEvent);
lazy("EventTarget", false, () => eventTarget().EventTarget);
lazy("AbortController", false, () => aborting().AbortController);
lazy("AbortSignal", false, () => aborting().AbortSignal);
lazy("TextEncoder", false, () => encoding().TextEncoder);
lazy("TextDecoder", false, () => encoding().TextDecoder);
lazy("URL", false, () => urls().URL);
lazy("URLSearchParams", false, () => searchParams().URLSearchParams);
lazy("Headers", false, () => headersClass().Headers);
lazy("Request", false, () => requests().Request);
lazy("Response", false, () => responses().Response);
lazy("crypto", true, () => cryptoObject().crypto);
lazy("Crypto", false, () => cryptoObject().Crypto);
lazy("performance", true, () => performanceObject().performance);
lazy("Performance", false, () => performanceObject().Performance);
lazy("navigator", true, () => navigatorObject().navigator);
lazy("Navigator", false, () => navigatorObject().Navigator);
({
  setTimeout: global.setTimeout, setInterval: global.setInterval,
  clearTimeout: global.clearTimeout, clearInterval: global.clearInterval,
  queueMicrotask: global.queueMicrotask,
} = timerFunctions);
({ atob: global.atob, btoa: global.btoa } = base64Functions);
global.structuredClone = cloneFunctions.structuredClone;
global.fetch = fetchFunctions.fetch;
global.self = global;
replace(ArrayBufferCtor, BoundedArrayBuffer, "ArrayBuffer", global);

return {
  __proto__: null, late,
  newHeaders, newNats, newBucket, newAbortController, timeoutError, abortError, replyParts, utf8Encode, utf8Decode, describeError, formatLog,
};
