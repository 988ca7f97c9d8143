// The host of tests: the contract of the runtime's core, with bytes as strings.
(function (raw, webapi, global) {
  "use strict";
  const U8 = Uint8Array;
  const apply = Reflect.apply;
  const fromCharCode = String.fromCharCode;
  const PromiseCtor = Promise;
  const operations = new Map();
  const get = operations.get.bind(operations);
  const set = operations.set.bind(operations);
  const remove = operations.delete.bind(operations);
  const now = Date.now;
  const began = now();
  const ErrorCtor = Error;
  const defineProperty = Object.defineProperty;
  const charCodeAt = Function.prototype.call.bind(String.prototype.charCodeAt);
  const indexOf = Function.prototype.call.bind(String.prototype.indexOf);
  const slice = Function.prototype.call.bind(String.prototype.slice);
  const then = Function.prototype.call.bind(Promise.prototype.then);
  const lengthOf = Function.prototype.call.bind(
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "length").get);
  let last;
  let lastID = 0;
  let running = true;

  function pack(bytes) {
    if (bytes === undefined) return undefined;
    let text = "";
    for (let i = 0; i < lengthOf(bytes); i++) text += fromCharCode(bytes[i]);
    return text;
  }
  function unpack(text) {
    if (text === undefined) return undefined;
    const bytes = new U8(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = charCodeAt(text, i);
    return bytes;
  }

  const host = {
    __proto__: null,
    call(op, text, bytes) {
      const answer = raw("call", op, text, pack(bytes));
      last = undefined;
      if (raw("failed")) {
        const at = indexOf(answer, "\n");
        const e = new ErrorCtor(slice(answer, at + 1));
        defineProperty(e, "name", { __proto__: null, value: slice(answer, 0, at) });
        throw e;
      }
      last = unpack(raw("bytes"));
      return answer;
    },
    bytes() {
      return last;
    },
    start(op, text, bytes, onDone, onError) {
      if (!running) throw new ErrorCtor(op + " cannot be used in global scope");
      const id = ++lastID;
      const operation = { __proto__: null, resolve: onDone, reject: onError };
      const promise = onDone !== undefined ? undefined : new PromiseCtor((resolve, reject) => {
        operation.resolve = resolve;
        operation.reject = reject;
      });
      set(id, operation);
      raw("start", id, op, text, pack(bytes));
      return { __proto__: null, id, promise };
    },
    cancel(id) {
      if (remove(id)) raw("cancel", id);
    },
    log(level, text) {
      raw("log", level, text);
    },
    now() {
      return now() - began;
    },
    timeOrigin: began,
    part(name) {
      return raw("part", name);
    },
    buffers: 64 * 1024 * 1024,
    touchWasm() {},
    reportUnhandled(e) {
      raw("unhandled", internals.describeError(e).stack);
    },
  };
  const { late, replyParts, web } = webapi(host, global);
  late();
  // Tests find all functions in one place, made when they are asked for.
  const internals = { __proto__: null, replyParts };
  for (const name of ["newHeaders", "newNats", "newBucket", "newAbortController", "timeoutError", "abortError", "utf8Encode", "utf8Decode", "describeError", "formatLog"]) {
    defineProperty(internals, name, { __proto__: null, get: () => web()[name] });
  }
  return {
    __proto__: null,
    internals,
    complete(id, name, text, bytes) {
      const operation = get(id);
      if (operation === undefined) return;
      remove(id);
      if (name !== "") operation.reject({ __proto__: null, name, message: text });
      else operation.resolve({ __proto__: null, text, bytes: unpack(bytes) });
    },
    scope(on) {
      running = on;
    },
    // run settles with raw("done"): a test returns "ok", or a promise of it.
    run(test) {
      const done = (v) => { raw("done", "ok", `${v}`); };
      const failed = (e) => { raw("done", "failed", internals.describeError(e).stack || internals.describeError(e).message); };
      try {
        const p = new PromiseCtor((resolve) => resolve(test(internals, host.start)));
        defineProperty(p, "constructor", { __proto__: null, value: undefined });
        then(p, done, failed);
      } catch (e) {
        failed(e);
      }
    },
  };
});
