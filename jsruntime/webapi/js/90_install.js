// The globals. Each is an accessor until it is first touched, when it becomes an
// ordinary property; functions are there from the start, and ask for the rest when they
// are called. A context pays for an object it has, touched or not, so there is little.
//
// This runs while the language is sound, so descriptors need no null prototype here;
// in the accessors, which run later, they do.

// lazy defines a global that is what the group of web has under key, or the group
// itself.
function lazy(name, enumerable, group, key) {
  defineProperty(global, name, {
    enumerable,
    configurable: true,
    get: () => {
      const all = web()[group]();
      const value = key === undefined ? all : all[key];
      defineProperty(global, name, { __proto__: null, value, writable: true, enumerable, configurable: true });
      return value;
    },
    set: function (value) {
      const target = this === undefined || this === null ? global : this;
      defineProperty(target, name, { __proto__: null, value, writable: true, enumerable: target !== global || enumerable, configurable: true });
    },
  });
}

lazy("console", false, "consoleObject");
lazy("DOMException", false, "domException", "DOMException");
lazy("Event", false, "events", "Event");
lazy("CustomEvent", false, "events", "CustomEvent");
lazy("EventTarget", false, "eventTarget", "EventTarget");
lazy("AbortController", false, "aborting", "AbortController");
lazy("AbortSignal", false, "aborting", "AbortSignal");
lazy("TextEncoder", false, "encoding", "TextEncoder");
lazy("TextDecoder", false, "encoding", "TextDecoder");
lazy("URL", false, "urls", "URL");
lazy("URLSearchParams", false, "searchParams", "URLSearchParams");
lazy("Headers", false, "headersClass", "Headers");
lazy("Request", false, "requests", "Request");
lazy("Response", false, "responses", "Response");
lazy("crypto", true, "cryptoObject", "crypto");
lazy("Crypto", false, "cryptoObject", "Crypto");
lazy("performance", true, "performanceObject", "performance");
lazy("Performance", false, "performanceObject", "Performance");
lazy("navigator", true, "navigatorObject", "navigator");
lazy("Navigator", false, "navigatorObject", "Navigator");
({
  setTimeout: global.setTimeout, setInterval: global.setInterval,
  clearTimeout: global.clearTimeout, clearInterval: global.clearInterval,
  queueMicrotask: global.queueMicrotask, atob: global.atob, btoa: global.btoa,
  structuredClone: global.structuredClone, fetch: global.fetch,
} = {
  setTimeout(handler, timeout = 0, ...args) { return apply(web().timerFunctions.setTimeout, this, arguments); },
  setInterval(handler, timeout = 0, ...args) { return apply(web().timerFunctions.setInterval, this, arguments); },
  clearTimeout(id = 0) { return apply(web().timerFunctions.clearTimeout, this, arguments); },
  clearInterval(id = 0) { return apply(web().timerFunctions.clearInterval, this, arguments); },
  queueMicrotask(callback) { return apply(web().timerFunctions.queueMicrotask, this, arguments); },
  atob(data) { return apply(web().base64Functions.atob, this, arguments); },
  btoa(data) { return apply(web().base64Functions.btoa, this, arguments); },
  structuredClone(value, options = undefined) { return apply(web().cloneFunctions.structuredClone, this, arguments); },
  fetch(input, init = undefined) { return apply(web().fetchFunctions.fetch, this, arguments); },
});
global.self = global;
replace(ArrayBufferCtor, BoundedArrayBuffer, "ArrayBuffer", global);

return { __proto__: null, late, replyParts, web };
