// The host's side of one context: the table of invocations and operations, the
// outbox that Go empties after each turn, and the objects that a function sees as
// msg and ctx. It uses only what it captured before any function's code ran, so a
// function that rewrites built-ins changes nothing here.
//
// border is the engine's: numbers in border.ctl, bytes through border.read and
// border.write, border.call for what Go answers at once. See engine.go for the words
// of the control block and the kinds of records.
//
// What is here may run once for all contexts, and be copied into each: it must not ask
// for the time, or for anything else that differs. boot, which it returns, makes it a
// context's own, whatever went before.
(function (border, webapi, global) {
  "use strict";
  const OUT = 0, INV = 2, OP = 3, KIND = 4, FLAGS = 5, BYTES = 6, ERR = 7, ATTEMPT = 8, ENTRY = 10, REJECTED = 12;
  const LOAD_ENTRY = 1, START_ENTRY = 2, RESUME_ENTRY = 3, ABORT_ENTRY = 4, NEXT_ENTRY = 5, COLLECT_ENTRY = 6, HOOK_ENTRY = 7;
  const DEADLINE = 8; // in border.f64
  const SETTLE = 1, FAIL = 2, DONE = 3, START = 4, CANCEL = 5, LOG = 6, NONE = 7, VERDICT = 8, STATE = 9, ALARM = 10;
  const FINAL = 1, HEADERS = 2, STATUS_SHIFT = 8;
  const REFUSED = 2; // of a FAIL
  const EMPTY = 0, TEXT = 1, ON_DEMAND = 2, BATCH = 3, KEPT = 4, KEYED = 8, DUE = 16, CALLED = 32;
  const SAID_ACK = 1, SAID_RETRY = 2, SAID_REJECT = 3;
  const MAX_CODE = 256; // characters of the code of an error
  const MAX_REASON = 4096; // characters of one given to msg.reject
  const LATER = 3; // the kind of a reply's parts: its body must be read first
  const STACK = 1; // a LOG with a stack in it
  const TAKEN = 1; // a STATE that takes the state away, an ALARM that takes the alarm away
  const FARTHEST = 8.64e15; // milliseconds from 1970 that a Date can be
  const WAS_REJECTED = 0, WAS_HANDLED = 1, WAS_IMPORTED = 2; // what hook is told
  const MAX_REJECTED = 64; // promises remembered in a turn
  const MAX_REPORTED = 8; // and told of
  const MAX_WORK = 2048; // operations of one call that are parts of others, or compute

  let ctl, f64, configText, timeOrigin; // set by boot
  const call = Function.prototype.call;
  const uncurry = call.bind.bind(call);
  const { get: mapGet, set: mapSet, delete: mapDelete, has: mapHas, forEach: mapForEach, clear: mapClear } = Map.prototype;
  const PromiseCtor = Promise;
  const indexOf = uncurry(String.prototype.indexOf);
  const slice = uncurry(String.prototype.slice);
  const functionToString = uncurry(Function.prototype.toString);
  const apply = Reflect.apply, construct = Reflect.construct;
  const parse = JSON.parse;
  const stringify = JSON.stringify;
  const { freeze } = Object;
  const defineProperty = Object.defineProperty;
  const { getPrototypeOf, getOwnPropertyNames: ownNames, prototype: ObjectPrototype } = Object;
  const now = Date.now;
  const timeOf = uncurry(Date.prototype.getTime);
  const ceil = Math.ceil;
  const ErrorCtor = Error, TypeErrorCtor = TypeError, RangeErrorCtor = RangeError;
  const getOwnPropertyDescriptor = Object.getOwnPropertyDescriptor;
  const { byteLength: byteLengthOf } = (function () {
    const proto = Object.getPrototypeOf(Uint8Array.prototype);
    return { byteLength: uncurry(getOwnPropertyDescriptor(proto, "byteLength").get) };
  })();

  // safeMap is a Map with methods of its own, which nothing a function does to
  // Map.prototype can change.
  function safeMap() {
    const map = new Map();
    map.get = mapGet;
    map.set = mapSet;
    map.delete = mapDelete;
    map.has = mapHas;
    map.forEach = mapForEach;
    map.clear = mapClear;
    return map;
  }
  // config is read when it is first needed, which most functions do without.
  let known;
  function config() {
    if (known === undefined) {
      known = parse(configText);
      freeze(known.env);
    }
    return known;
  }

  const invocations = safeMap();
  const operations = safeMap();
  const rejected = safeMap(); // this turn's promises without a handler
  let rejectedMore = 0; // those that are not in it
  let late = null; // a list of this turn's promises that were told of, and have a handler now
  let outstanding; // those that listeners were told of, with their reasons, and that have none
  const { get: weakGet, set: weakSet, has: weakHas, delete: weakDelete } = WeakMap.prototype;
  const WeakMapCtor = WeakMap;
  let reported = 0; // how many of them this turn told of
  let turn = null; // the invocation that this turn belongs to

  // The invocation that the running code belongs to, null in global scope. An await
  // keeps it, also where the code goes on in another invocation's turn, as behind a
  // promise that both wait for. Where the engine cannot tell, it is the turn's.
  const flow = global["isolane:flow"];
  delete global["isolane:flow"];
  const getFlow = flow === undefined ? undefined : flow.getContinuationPreservedEmbedderData;
  const setFlow = flow === undefined ? undefined : flow.setContinuationPreservedEmbedderData;
  function current() {
    if (getFlow === undefined) return turn;
    const inv = getFlow();
    return inv === undefined ? null : inv;
  }

  let lastOperation = 0;
  let sending = 0; // about how many bytes the operations have given Go
  let logs = 0; // records of console output in this turn
  let handler, batchHandler, alarmHandler, receiver;
  let keyed = false; // messages have a key
  let maker; // the class whose objects receive them; undefined for one receiver
  let methods; // what others may call, by name; made at the first call

  // The host's own objects have every field from the start, as properties of their own:
  // a getter or setter that a function put on Object.prototype does not see them.
  //
  // The first object of a shape costs V8 more in a context than all that follow it, so
  // the first of those that every call needs is made beforehand, and stands in what every
  // context begins as.

  function newRecord() {
    return { kind: 0, inv: 0, op: 0, flags: 0, text: "", bytes: undefined, next: undefined };
  }
  let spareRecord = newRecord();

  // The outbox is a linked list, in the order of what happened.
  let head, tail;
  function push(kind, inv, op, flags, text, bytes) {
    const record = spareRecord === undefined ? newRecord() : spareRecord;
    spareRecord = undefined;
    record.kind = kind;
    record.inv = inv;
    record.op = op;
    record.flags = flags;
    record.text = text;
    record.bytes = bytes;
    if (head === undefined) head = record;
    else tail.next = record;
    tail = record;
    ctl[OUT]++;
  }

  // next hands Go the oldest record: its numbers in the control block, its bytes in
  // the transfer buffer, its text as the returned value.
  function next() {
    if (head === undefined) reportRejected();
    const r = head;
    if (r === undefined) return empty();
    head = r.next;
    ctl[OUT]--;
    ctl[KIND] = r.kind;
    ctl[INV] = r.inv;
    ctl[OP] = r.op;
    ctl[FLAGS] = r.flags;
    const { text, bytes } = r;
    r.text = "";
    r.bytes = r.next = undefined;
    spareRecord = r;
    if (bytes === undefined) ctl[BYTES] = -1;
    else border.write(bytes, byteLengthOf(bytes));
    return text;
  }

  // empty stands for a record, where none is left after all.
  function empty() {
    ctl[KIND] = NONE;
    ctl[INV] = ctl[OP] = ctl[FLAGS] = 0;
    ctl[BYTES] = -1;
    return "";
  }

  function hostError(text) {
    const at = indexOf(text, "\n");
    const name = slice(text, 0, at);
    const message = slice(text, at + 1);
    if (name === "TypeError") return new TypeErrorCtor(message);
    if (name === "RangeError") return new RangeErrorCtor(message);
    const e = new ErrorCtor(message);
    if (name !== "Error") {
      defineProperty(e, "name", { __proto__: null, value: name, writable: true, configurable: true });
    }
    return e;
  }

  function limitError(kind, limit, used, advice) {
    return new ErrorCtor(kind + " limit of " + limit + " reached (used " + used + "): " + advice + ", or raise limits." + kind);
  }

  // hostCall asks Go, which answers at once.
  function hostCall(op, text, bytes) {
    border.write(bytes, bytes === undefined ? 0 : byteLengthOf(bytes));
    ctl[ERR] = 0;
    const out = border.call(op, text);
    if (ctl[ERR] !== 0) throw hostError(out);
    return out;
  }

  // startFor begins an operation of an invocation. Its end is told to resolve or reject,
  // which must not throw; without them there is a promise.
  function startFor(inv, op, text, bytes, resolve, reject) {
    if (inv.over) {
      throw new ErrorCtor("the invocation is over: keep it alive with ctx.waitUntil(promise)");
    }
    const timer = op === "timer";
    const work = !timer && isWork(op);
    const size = timer ? 0 : text.length + (bytes === undefined ? 0 : byteLengthOf(bytes));
    if (sending + size > config().buffers) {
      throw limitError("buffers", config().buffers, sending + size + ", sent at the same time", "wait for some before more is sent");
    }
    if (timer) {
      if (inv.timers >= config().timers) throw limitError("timers", config().timers, inv.timers + " pending", "clear the timers that are no longer needed");
      inv.timers++;
    } else if (work) {
      if (inv.work >= MAX_WORK) throw new ErrorCtor("more than " + MAX_WORK + " reads, writes and computations of one call wait at the same time: wait for some before more are begun");
      inv.work++;
    } else {
      if (inv.subrequests >= config().subrequests) throw limitError("subrequests", config().subrequests, "" + inv.subrequests, "ask for less in one call");
      inv.subrequests++;
    }
    sending += size;
    const id = ++lastOperation;
    // A timer or IO that an invocation waits for. Those of one are a list, the newest first.
    const after = inv.operations;
    const operation = { inv, timer, work, id, size, resolve, reject, before: undefined, after };
    if (after !== undefined) after.before = operation;
    inv.operations = operation;
    let promise;
    if (resolve === undefined) {
      promise = new PromiseCtor((resolve, reject) => {
        operation.resolve = resolve;
        operation.reject = reject;
      });
    }
    operations.set(id, operation);
    push(START, inv.id, id, 0, op + "\n" + text, bytes);
    return { __proto__: null, id, promise };
  }

  // isWork tells the operations that are parts of others, or compute.
  function isWork(op) {
    const group = slice(op, 0, 5);
    return group === "body." || group === "flate" || group === "crypt";
  }

  // starter begins operations of inv, whoever's turn it is.
  function starter(inv) {
    return (op, text, bytes, resolve, reject) => startFor(inv, op, text, bytes, resolve, reject);
  }

  function pushLog(inv, level, flags, text) {
    push(LOG, inv === null ? 0 : inv.id, 0, flags, level + "\n" + text, undefined);
  }

  // reportError logs what nobody can catch, of a few errors in each turn.
  function reportError(how, inv, error) {
    if (reported >= MAX_REPORTED) return;
    reported++;
    if (reported === MAX_REPORTED) {
      pushLog(inv, "error", 0, "more was thrown in this turn, and not caught, than is logged");
      return;
    }
    const d = internals.web().describeError(error);
    const text = d.stack || (d.name === "" ? d.message : d.name + ": " + d.message);
    pushLog(inv, "error", STACK, how + (text.length > config().logLength ? slice(text, 0, config().logLength) + "\u2026" : text));
  }

  // hook is what the engine tells in the middle of a function's code.
  function hook(event, a, b) {
    switch (event) {
      case WAS_REJECTED:
        if (reported >= MAX_REPORTED) return;
        ctl[REJECTED]++;
        if (ctl[REJECTED] > MAX_REJECTED) rejectedMore++;
        else rejected.set(a, { inv: current(), error: b });
        return;
      case WAS_HANDLED:
        if (rejected.delete(a)) ctl[REJECTED]--;
        else if (outstanding !== undefined && apply(weakHas, outstanding, [a])) wasHandledLate(a);
        else if (rejectedMore > 0) {
          rejectedMore--;
          ctl[REJECTED]--;
        }
        return;
      case WAS_IMPORTED:
        return refusedImport(a);
    }
  }

  async function refusedImport(specifier) {
    throw new TypeErrorCtor("import(" + stringify(slice(specifier, 0, 200)) +
      ") finds no modules at run time: a function is one script. Import what it needs at the top, or with import() of a path in quotes, so that it is bundled");
  }

  // wasHandledLate remembers for the turn's end a promise that listeners were told of.
  function wasHandledLate(promise) {
    const error = apply(weakGet, outstanding, [promise]);
    apply(weakDelete, outstanding, [promise]);
    if (reported >= MAX_REPORTED) return;
    ctl[REJECTED]++;
    late = { __proto__: null, inv: current(), promise, error, next: late };
  }

  // inFlow runs what is told of an invocation as a part of it.
  function inFlow(inv, tell) {
    if (setFlow === undefined) {
      const before = turn;
      turn = inv;
      try {
        return tell();
      } finally {
        turn = before;
      }
    }
    const before = getFlow();
    setFlow(inv);
    try {
      return tell();
    } finally {
      setFlow(before);
    }
  }

  // reportRejection tells the listeners of a rejection, and else the log.
  function reportRejection(promise, r) {
    const web = internals.web();
    if (!web.rejectionHeard()) return reportError("Unhandled rejection: ", r.inv, r.error);
    if (reported >= MAX_REPORTED) return;
    if (inFlow(r.inv, () => web.rejectionTold("unhandledrejection", promise, r.error))) {
      reported++;
      return;
    }
    if (outstanding === undefined) outstanding = new WeakMapCtor();
    apply(weakSet, outstanding, [promise, r.error]);
    reportError("Unhandled rejection: ", r.inv, r.error);
  }

  function reportHandled() {
    let list = late;
    late = null;
    for (; list !== null && reported < MAX_REPORTED; list = list.next) {
      const { inv, promise, error } = list;
      reported++;
      inFlow(inv, () => internals.web().rejectionTold("rejectionhandled", promise, error));
    }
  }

  // reportRejected tells of the promises that nobody has handled by the end of the turn.
  function reportRejected() {
    if (ctl[REJECTED] === 0) return;
    ctl[REJECTED] = rejectedMore = 0;
    let list = null;
    rejected.forEach((r, promise) => { list = { __proto__: null, r, promise, next: list } });
    rejected.clear();
    let first = null;
    while (list !== null) {
      const { next } = list;
      list.next = first;
      first = list;
      list = next;
    }
    for (let at = first; at !== null; at = at.next) reportRejection(at.promise, at.r);
    reportHandled();
  }

  const host = {
    __proto__: null,
    call(op, text, bytes) {
      return hostCall(op, text === undefined ? "" : text, bytes);
    },
    bytes() {
      return border.read();
    },
    start(op, text, bytes, resolve, reject) {
      const inv = current();
      if (inv === null) {
        throw new ErrorCtor(op === "timer"
          ? "timers cannot be set in global scope: set them while a message is handled"
          : op + " cannot be used in global scope: use it while a message is handled");
      }
      return startFor(inv, op, text, bytes, resolve, reject);
    },
    cancel(id) {
      const operation = operations.get(id);
      if (operation === undefined) return;
      forget(operation);
      push(CANCEL, operation.inv.id, id, 0, "", undefined);
    },
    log(level, text) {
      if (logs >= config().logsPerTurn) return;
      logs++;
      if (logs === config().logsPerTurn) text = "console output of this turn is cut here";
      if (text.length > config().logLength) text = slice(text, 0, config().logLength) + "\u2026";
      pushLog(current(), level, 0, text);
    },
    now() {
      const elapsed = now() - timeOrigin;
      return asksTime ? +hostCall("elapsed", "" + elapsed, undefined) : elapsed;
    },
    timeOrigin: 0,
    get buffers() { // limits.buffers
      return config().buffers;
    },
    // part returns the function that a script of the web APIs' is; see part.go.
    part(name) {
      const made = border.call("part", name);
      if (typeof made !== "function") throw new ErrorCtor("the web APIs' part " + name + " could not be loaded");
      return made;
    },
    // touchWasm is called before the first use of WebAssembly.
    touchWasm() {
      border.call("wasm", "");
    },
    reportUnhandled(e) {
      reportError("Uncaught ", current(), e);
    },
  };
  const internals = webapi(host, global);
  const parseMessage = JSON.parse; // the one that functions have, too

  // askTime has the time and chance come from Go, which records them, or has them from a record.
  const RECORD = ',"record":true}';
  let asksTime = false;
  function askTime() {
    asksTime = true;
    const { Date: RealDate, Math: math } = global;
    const chance = math.random;
    const ask = () => +hostCall("now", "" + now(), undefined);
    const hidden = (object, name, value) => defineProperty(object, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
    function Date(...parts) {
      if (new.target === undefined) return "" + new RealDate(ask());
      return construct(RealDate, parts.length === 0 ? [ask()] : parts, new.target);
    }
    defineProperty(Date, "length", { __proto__: null, value: 7, configurable: true });
    defineProperty(Date, "prototype", { __proto__: null, value: RealDate.prototype, writable: false });
    hidden(RealDate.prototype, "constructor", Date);
    hidden(Date, "now", { now() { return ask(); } }.now);
    hidden(Date, "parse", RealDate.parse);
    hidden(Date, "UTC", RealDate.UTC);
    hidden(global, "Date", Date);
    hidden(math, "random", { random() { return +hostCall("chance", "" + chance(), undefined); } }.random);
  }

  // react calls back when value, a promise or not, has settled. An await asks a promise
  // for its constructor, but makes none of its own: no species is asked.
  async function react(value, onFulfilled, onRejected) {
    let v;
    try {
      v = await value;
    } catch (e) {
      onRejected(e);
      return;
    }
    onFulfilled(v);
  }

  // finish ends an invocation's life in JavaScript: nothing it started goes on.
  function finish(inv) {
    inv.over = true;
    invocations.delete(inv.id);
    while (inv.operations !== undefined) forget(inv.operations);
  }

  // forget drops an operation that has ended, or whose invocation has: Go says no more of it.
  function forget(operation) {
    const { inv, before, after } = operation;
    operations.delete(operation.id);
    sending -= operation.size;
    if (operation.timer) inv.timers--;
    else if (operation.work) inv.work--;
    if (after !== undefined) after.before = before;
    if (before !== undefined) before.after = after;
    else inv.operations = after;
  }

  // headerLines writes "n" and n lines "key:value"; neither can hold a line break.
  function headerLines(pairs) {
    let text = pairs.length + "\n";
    for (let i = 0; i < pairs.length; i++) text += pairs[i][0] + ":" + pairs[i][1] + "\n";
    return text;
  }

  // codeOf is the code of what a method threw as JSON, "" for none: a string or a number.
  function codeOf(error) {
    let code;
    try {
      code = error.code;
    } catch {
      return "";
    }
    if (typeof code === "string") return stringify(code.length > MAX_CODE ? slice(code, 0, MAX_CODE) : code);
    return typeof code === "number" && code - code === 0 ? stringify(code) : "";
  }

  // described writes an error as three JSON strings, a line each. Strings alone are
  // stringified: an object would be asked for toJSON, which is the function's.
  function described(d) {
    return stringify(d.name) + "\n" + stringify(d.message) + "\n" + stringify(d.stack);
  }

  function settle(inv, value) {
    if (inv.answered) return;
    let parts;
    try {
      parts = internals.replyParts(inv.called && typeof value === "string" ? stringify(value) : value);
      if (inv.called && (parts.kind > TEXT || parts.status !== 0)) {
        parts.later = parts.bytes = parts.headers = undefined;
        throw new TypeErrorCtor("a method that others call returns what JSON can write: no bytes, and no Response");
      }
      if (parts.kind === LATER) {
        const { later } = parts;
        parts.later = undefined;
        later((read) => settleWith(inv, read), (e) => fail(inv, e));
        return;
      }
      settleWith(inv, parts);
    } catch (e) {
      fail(inv, e);
    }
  }

  // settleWith answers with the parts of a reply.
  function settleWith(inv, parts) {
    if (inv.answered) return; // by a getter of the value itself
    let text, flags;
    try {
      text = parts.kind === TEXT ? parts.text : "";
      flags = (parts.kind << 2) | ((parts.status | 0) << STATUS_SHIFT);
      if (parts.headers !== undefined) {
        flags |= HEADERS;
        text = headerLines(parts.headers) + text;
      }
    } catch (e) {
      fail(inv, e);
      return;
    }
    inv.answered = true;
    if (inv.changed) push(STATE, inv.id, 0, inv.state === undefined ? TAKEN : 0, inv.state === undefined ? "" : inv.state, undefined);
    if (inv.rung) push(ALARM, inv.id, 0, inv.alarm === undefined ? TAKEN : 0, inv.alarm === undefined ? "" : "" + inv.alarm, undefined);
    if (inv.waiting === 0) {
      flags |= FINAL;
      finish(inv);
    }
    push(SETTLE, inv.id, 0, flags, text, parts.kind > TEXT ? parts.bytes : undefined);
    parts.text = "";
    parts.bytes = parts.headers = undefined; // it is the next one's, too
  }

  function fail(inv, error, why = 0) {
    if (inv.answered) return;
    const d = internals.web().describeError(error);
    const code = inv.called ? codeOf(error) : "";
    if (inv.answered) return;
    inv.answered = true;
    let flags = why;
    if (inv.waiting === 0) {
      flags |= FINAL;
      finish(inv);
    }
    push(FAIL, inv.id, 0, flags, inv.called ? described(d) + "\n" + code : described(d), undefined);
  }

  function waited(inv) {
    inv.waiting--;
    if (inv.waiting === 0 && inv.answered && !inv.over) {
      finish(inv);
      push(DONE, inv.id, 0, 0, "", undefined);
    }
  }

  // say takes what the function says of a message: what it says first counts.
  function say(message, action, word, text) {
    const inv = message.owner;
    if (!inv.kept) {
      throw new TypeErrorCtor("msg." + word + "() is for messages of a stream: nothing keeps this one to deliver it again");
    }
    if (inv.answered || inv.over) {
      throw new ErrorCtor("msg." + word + "() was called after the invocation was answered: await what comes before it");
    }
    if (message.said) return;
    message.said = true;
    push(VERDICT, inv.id, message.place < 0 ? 0 : message.place, action, text, undefined);
  }

  // payloadOf is how Go is asked for a payload.
  function payloadOf(message) {
    return message.place < 0 ? "" + message.id : message.owner.id + ":" + message.place;
  }

  // A message's own state is the invocation, where it is the only one.
  class Message {
    #message;
    constructor(message) {
      this.#message = message;
      this.subject = "";
    }
    get headers() {
      const message = this.#message;
      if (typeof message.headers === "string") {
        message.headers = internals.web().newHeaders(message.headers === "" ? [] : parse(message.headers));
      }
      return message.headers;
    }
    text() {
      const message = this.#message;
      if (message.kind > TEXT) {
        message.text = hostCall("payload.text", payloadOf(message), undefined);
        message.kind = TEXT;
      }
      return message.text;
    }
    json() {
      return parseMessage(this.text());
    }
    bytes() {
      const message = this.#message;
      if (message.kind === EMPTY) return emptyBytes();
      hostCall("payload.bytes", payloadOf(message), undefined);
      return border.read();
    }
    get id() {
      const message = this.#message;
      return message.place < 0 ? told(message).id : message.id;
    }
    get attempt() {
      return this.#message.attempt;
    }
    ack() {
      say(this.#message, SAID_ACK, "ack", "");
    }
    retry(options) {
      let text = "";
      const delay = options === undefined || options === null ? undefined : options.delay;
      if (delay !== undefined) {
        if (typeof delay !== "number" || !(delay >= 0) || delay === Infinity) {
          throw new TypeErrorCtor("msg.retry({ delay }): the delay is a number of milliseconds, 0 or more");
        }
        text += delay;
      }
      say(this.#message, SAID_RETRY, "retry", text);
    }
    reject(reason) {
      const text = reason === undefined ? "" : "" + reason;
      say(this.#message, SAID_REJECT, "reject", text.length > MAX_REASON ? slice(text, 0, MAX_REASON) + "\u2026" : text);
    }
  }
  // Their constructors take any invocation: no function may have them.
  delete Message.prototype.constructor;
  const U8 = Uint8Array;
  function emptyBytes() {
    return new U8(0);
  }

  // told is what ctx.invocation says.
  function told(inv) {
    if (inv.told === undefined) {
      const all = parse(hostCall("invocation", "" + inv.id, undefined));
      all.attempt = inv.attempt;
      all.deadline = inv.deadline;
      inv.told = freeze(all);
    }
    return inv.told;
  }

  // needKey asks Go for the key, its alarm and its state, once.
  function needKey(inv) {
    if (!inv.keyed) throw new TypeErrorCtor("ctx.state, ctx.alarm and ctx.key are for keyed functions: give the manifest a key, as key: \"orders.{id}.>\"");
    if (inv.key !== undefined) return;
    const text = hostCall("keyed", "" + inv.id, undefined);
    const at = indexOf(text, "\n");
    const rest = slice(text, at + 1);
    const end = indexOf(rest, "\n");
    const alarm = slice(rest, 0, end), state = slice(rest, end + 1);
    inv.key = slice(text, 0, at);
    inv.alarm = alarm === "" ? undefined : +alarm;
    inv.state = state === "" ? undefined : state;
  }

  // needOpen throws once the invocation was answered: what it changes then would be lost.
  function needOpen(inv, what) {
    needKey(inv);
    if (inv.answered || inv.over) throw new ErrorCtor(what + " was changed after the invocation was answered: await what comes before it");
  }

  // change sets the state that is committed when the invocation ends well.
  function change(inv, text) {
    needOpen(inv, "ctx.state");
    inv.state = text;
    inv.changed = true;
  }

  class State {
    #inv;
    constructor(inv) {
      this.#inv = inv;
    }
    async get() {
      const inv = this.#inv;
      needKey(inv);
      return inv.state === undefined ? undefined : parse(inv.state);
    }
    async put(value) {
      const text = stringify(value);
      if (text === undefined) throw new TypeErrorCtor("ctx.state.put(value): the value has no JSON; ctx.state.delete() takes the state away");
      change(this.#inv, text);
    }
    async delete() {
      change(this.#inv, undefined);
    }
  }
  delete State.prototype.constructor;

  // ring sets when the alarm is due, as of when the invocation ends well.
  function ring(inv, at) {
    needOpen(inv, "ctx.alarm");
    inv.alarm = at;
    inv.rung = true;
  }

  class Alarm {
    #inv;
    constructor(inv) {
      this.#inv = inv;
    }
    async get() {
      const inv = this.#inv;
      needKey(inv);
      return inv.alarm;
    }
    async set(when) {
      let at = NaN;
      if (typeof when === "number") {
        at = when;
      } else {
        try {
          at = timeOf(when);
        } catch {
          // it is no Date
        }
      }
      at = ceil(at);
      if (!(at >= -FARTHEST && at <= FARTHEST)) throw new TypeErrorCtor("ctx.alarm.set(when): when is a Date, or milliseconds since 1970, as Date.now() + 60_000");
      if (alarmHandler === undefined) throw new TypeErrorCtor("ctx.alarm.set(when): nothing would take the alarm: give the class, or the object, that the module exports an alarm(ctx) method");
      ring(this.#inv, at <= 0 ? 0 : at);
    }
    async delete() {
      ring(this.#inv, undefined);
    }
  }
  delete Alarm.prototype.constructor;

  class Context {
    #inv;
    constructor(inv) {
      this.#inv = inv;
    }
    get env() {
      this.#inv;
      return config().env;
    }
    get signal() {
      const inv = this.#inv;
      if (inv.controller === undefined) {
        inv.controller = internals.web().newAbortController();
        if (inv.aborted !== undefined) inv.controller.abort(inv.aborted);
      }
      return inv.controller.signal;
    }
    get invocation() {
      return told(this.#inv);
    }
    get nats() {
      const inv = this.#inv;
      if (inv.nats === undefined) inv.nats = internals.web().newNats(starter(inv));
      return inv.nats;
    }
    kv(bucket) {
      return internals.web().newBucket(starter(this.#inv), bucket);
    }
    call(name, key, method, args = undefined, options = undefined) {
      return internals.web().newCall(starter(this.#inv), name, key, method, args, options);
    }
    get key() {
      const inv = this.#inv;
      needKey(inv);
      return inv.key;
    }
    get state() {
      const inv = this.#inv;
      if (inv.stateOf === undefined) {
        needKey(inv);
        inv.stateOf = new State(inv);
      }
      return inv.stateOf;
    }
    get alarm() {
      const inv = this.#inv;
      if (inv.alarmOf === undefined) {
        needKey(inv);
        inv.alarmOf = new Alarm(inv);
      }
      return inv.alarmOf;
    }
    waitUntil(promise) {
      const inv = this.#inv;
      if (inv.over) throw new ErrorCtor("ctx.waitUntil was called after the invocation was over");
      const failed = (e) => {
        host.reportUnhandled(e);
        waited(inv);
      };
      inv.waiting++; // react cannot throw
      react(promise, () => waited(inv), failed);
    }
  }
  delete Context.prototype.constructor;

  function newInvocation() {
    const inv = {
      id: 0, answered: false, over: false,
      waiting: 0, // promises given to ctx.waitUntil
      timers: 0, subrequests: 0, work: 0,
      operations: undefined, // the newest that is pending
      controller: undefined, aborted: undefined,
      // the message, and what was asked of ctx
      kind: EMPTY, text: "", headers: undefined, deadline: NaN, attempt: 0, told: undefined, nats: undefined,
      msg: undefined, ctx: undefined, // until it starts
      owner: undefined, place: -1, // as those of a message in a batch
      kept: false, said: false,
      // of a keyed function: the key, the state as JSON, and when the alarm is due
      keyed: false, key: undefined, state: undefined, changed: false, stateOf: undefined,
      alarm: undefined, rung: false, alarmOf: undefined,
      called: false, // a method of it, by another function
    };
    inv.owner = inv;
    inv.msg = new Message(inv);
    inv.ctx = new Context(inv);
    return inv;
  }
  let spare; // made by boot

  // messages makes those of a batch.
  function messages(inv, text) {
    const all = parse(text);
    for (let i = 0; i < all.length; i++) {
      const m = all[i];
      const kind = m.empty ? EMPTY : m.text === null ? ON_DEMAND : TEXT;
      const msg = new Message({
        owner: inv, place: i, id: m.id, attempt: m.attempt, kind,
        text: m.text === null ? "" : m.text, headers: m.headers, said: false,
      });
      msg.subject = m.subject;
      all[i] = msg;
    }
    return all;
  }

  // first returns the first record's text where one is waiting already, to save Go
  // a second call.
  function first() {
    return ctl[OUT] === 0 ? undefined : next();
  }

  function begin(owner) {
    turn = owner;
    if (setFlow !== undefined) setFlow(owner);
    logs = reported = 0;
  }

  function refuse(inv, why) {
    fail(inv, new TypeErrorCtor(why), REFUSED);
  }

  // startBatch runs the handler of batches. What it returns says nothing but that it is done.
  function startBatch(inv, ctx, text) {
    if (batchHandler === undefined) {
      return refuse(inv, "this version of the function takes no batches: is another one being deployed?");
    }
    inv.text = "";
    try {
      const value = apply(batchHandler, receiver, [messages(inv, text), ctx]);
      react(value, () => settle(inv, undefined), (e) => fail(inv, e));
    } catch (e) {
      fail(inv, e);
    }
  }

  // methodsFor collects what others may call: methods of the class, or of the object that is
  // exported, and of what they inherit from; no getters, and none of those that are for Go.
  function methodsFor() {
    const all = safeMap();
    let from = maker !== undefined ? maker.prototype : receiver;
    for (; from !== undefined && from !== null && from !== ObjectPrototype; from = getPrototypeOf(from)) {
      const names = ownNames(from);
      for (let i = 0; i < names.length; i++) {
        const name = names[i];
        if (name === "constructor" || name === "message" || name === "alarm" || name === "batch" || slice(name, 0, 1) === "_" || all.has(name)) continue;
        const d = getOwnPropertyDescriptor(from, name);
        const value = d === undefined ? undefined : descriptorValue(d);
        all.set(name, typeof value === "function" ? value : undefined); // what hides another is not passed over
      }
    }
    return all;
  }

  function descriptorValue(d) {
    return getOwnPropertyDescriptor(d, "value") === undefined ? undefined : d.value;
  }

  // noMethod says what there is in place of a method that is not there.
  function noMethod(name) {
    let list = "", n = 0;
    methods.forEach((method, known) => {
      if (method === undefined) return;
      n++;
      if (n <= 32) list += (list === "" ? "" : ", ") + known;
    });
    if (n > 32) list += " and " + (n - 32) + " more";
    return "it has no method " + stringify(name) + " that others may call: " + (list === ""
      ? "it has none; they are the methods of the class that it exports, but message, alarm and what begins with _"
      : "there are " + list);
  }

  // startCall runs a method that another function calls.
  function startCall(inv, name, ctx) {
    if (methods === undefined) methods = methodsFor();
    const method = methods.get(name);
    if (method === undefined) return refuse(inv, noMethod(name));
    try {
      if (inv.kind > TEXT) {
        inv.text = hostCall("payload.text", "" + inv.id, undefined);
        inv.kind = TEXT;
      }
      const args = inv.kind === EMPTY ? undefined : parse(inv.text);
      inv.text = "";
      const value = apply(method, maker !== undefined ? construct(maker, []) : receiver, [args, ctx]);
      react(value, (v) => settle(inv, v), (e) => fail(inv, e));
    } catch (e) {
      fail(inv, e);
    }
  }

  // receive runs the handler for one message.
  function receive(msg, ctx) {
    if (maker !== undefined) return apply(handler, construct(maker, []), [msg, ctx]);
    return receiver === undefined ? handler(msg, ctx) : apply(handler, receiver, [msg, ctx]);
  }

  // receiveAlarm runs the handler for an alarm that is due.
  function receiveAlarm(ctx) {
    return apply(alarmHandler, maker === undefined ? receiver : construct(maker, []), [ctx]);
  }

  // run runs the handler for a new invocation, until it returns. due says that it is for an
  // alarm.
  function run(inv, msg, ctx, text, due) {
    if (inv.kind === BATCH) return startBatch(inv, ctx, text);
    if (handler === undefined) {
      return refuse(inv, "this function takes batches of its stream alone: call another one, or give it a message(msg, ctx) method beside batch(msgs, ctx)");
    }
    if (keyed !== inv.keyed) {
      return refuse(inv, keyed
        ? "this is a keyed function, which takes the messages of its stream alone: publish to a subject of its key"
        : "this version of the function has no key: is another one being deployed?");
    }
    if (inv.called) return startCall(inv, msg.subject, ctx);
    if (due && alarmHandler === undefined) {
      return fail(inv, new TypeErrorCtor("the alarm of this key is due, and what the module exports has no alarm(ctx) method: does another version have it?"));
    }
    try {
      const value = due ? receiveAlarm(ctx) : receive(msg, ctx);
      if (value === null || (typeof value !== "object" && typeof value !== "function")) {
        settle(inv, value);
      } else {
        react(value, (v) => settle(inv, v), (e) => fail(inv, e));
      }
    } catch (e) {
      fail(inv, e);
    }
  }

  // classOf takes a class, each message of which gets an object of its own, and returns ""
  // or what is wrong with it.
  function classOf(value) {
    if (!keyed) {
      return "the default export is a class: export a function (msg, ctx), or an object with a message(msg, ctx) method; classes are for keyed functions, whose manifest has a key";
    }
    const { prototype } = value;
    const message = prototype === undefined ? undefined : prototype.message;
    if (typeof message !== "function") return "the class has no message(msg, ctx) method";
    handler = message;
    alarmHandler = typeof prototype.alarm === "function" ? prototype.alarm : undefined;
    maker = value;
    return "";
  }

  const BATCH_METHOD = "export default { async batch(msgs, ctx) { ... } }";

  // methodsOf takes the methods of the module's default export, and returns "" or what is
  // wrong with them.
  function methodsOf(value, needs) {
    const { message, batch, alarm } = value;
    const one = typeof message === "function", many = typeof batch === "function";
    if (needs === "" && !one) {
      return many
        ? "the module has a batch(msgs, ctx) method and the manifest no stream.batch: add stream.batch: { size: 100 }, or a message(msg, ctx) method"
        : undefined;
    }
    if (needs !== "" && !many) return "the manifest has stream.batch: " + BATCH_METHOD;
    if (needs === "batch and message" && !one) {
      return "the manifest has a schedule beside stream.batch, and runs of schedules are no batch: add a message(msg, ctx) method";
    }
    handler = one ? message : undefined;
    batchHandler = many && needs !== "" ? batch : undefined;
    alarmHandler = keyed && typeof alarm === "function" ? alarm : undefined;
    receiver = value;
    return "";
  }

  const entries = {
    __proto__: null,
    // start runs the handler for a new invocation. text is the payload where Go
    // passes it as text; head is the subject, a newline, and the headers as JSON.
    start(text, head) {
      const inv = spare === undefined ? newInvocation() : spare;
      spare = undefined;
      inv.id = ctl[INV];
      const kind = ctl[KIND];
      inv.kept = (kind & KEPT) !== 0;
      inv.keyed = (kind & KEYED) !== 0;
      inv.called = (kind & CALLED) !== 0;
      inv.kind = kind & ~(KEPT | KEYED | DUE | CALLED);
      inv.attempt = ctl[ATTEMPT];
      inv.deadline = f64[DEADLINE];
      inv.text = text;
      const at = indexOf(head, "\n");
      inv.headers = slice(head, at + 1);
      const { msg, ctx } = inv;
      inv.msg = inv.ctx = undefined;
      msg.subject = slice(head, 0, at);
      begin(inv);
      run(inv, msg, ctx, text, (kind & DUE) !== 0);
      if (!inv.over) invocations.set(inv.id, inv); // most are: a Map that is emptied again and again is dear
      return first();
    },
    // resume settles an operation.
    resume(text) {
      const id = ctl[OP];
      const operation = operations.get(id);
      if (operation === undefined) return undefined;
      forget(operation);
      const inv = operation.inv;
      if (inv.over) return undefined;
      begin(inv);
      if (ctl[ERR] !== 0) {
        const at = indexOf(text, "\n");
        operation.reject({ __proto__: null, name: slice(text, 0, at), message: slice(text, at + 1) });
      } else if (operation.timer) {
        operation.resolve(undefined);
      } else {
        operation.resolve({ __proto__: null, text, bytes: border.read() });
      }
      return first();
    },
    // abort ends an invocation that Go has answered: its signal is aborted, and what
    // it still does is ignored.
    abort(text) {
      const inv = invocations.get(ctl[INV]);
      if (inv === undefined) return undefined;
      begin(inv);
      inv.answered = true;
      finish(inv);
      const reason = ctl[KIND] === 0 ? internals.web().timeoutError(text) : internals.web().abortError(text);
      inv.aborted = reason;
      if (inv.controller !== undefined) inv.controller.abort(reason);
      return first();
    },
    // load takes the module's namespace and returns "" or what is wrong with it.
    load(namespace) {
      begin(null);
      let needs = slice(configText, 0, 10) === '{"needs":"' ? config().needs : ""; // see realmConfig
      keyed = needs === "key";
      if (keyed) needs = "";
      const value = namespace === null || typeof namespace !== "object" ? undefined : namespace.default;
      if (typeof value === "function") {
        const source = functionToString(value);
        if (slice(source, 0, 5) === "class") return classOf(value);
        if (needs !== "") return "the manifest has stream.batch, and the module exports a function for one message: " + BATCH_METHOD;
        handler = value;
        receiver = batchHandler = alarmHandler = undefined;
        return "";
      }
      if (value !== null && typeof value === "object") {
        const problem = methodsOf(value, needs);
        if (problem !== undefined) return problem;
      }
      return "the module has no default export that can be called: export default function (msg, ctx) { ... }, or an object with a message(msg, ctx) method";
    },
    collect() {
      border.call("gc", "");
    },
  };

  // enter is the one way in: the entry stands in the control block.
  function enter(a, b) {
    switch (ctl[ENTRY]) {
      case START_ENTRY: return entries.start(a, b);
      case NEXT_ENTRY: return next();
      case RESUME_ENTRY: return entries.resume(a);
      case ABORT_ENTRY: return entries.abort(a);
      case LOAD_ENTRY: return entries.load(a);
      case COLLECT_ENTRY: return entries.collect();
      case HOOK_ENTRY: return hook;
    }
  }

  return function boot(call, control, transfer, text) {
    begin(null); // what ran before in the isolate was another context's
    lastOperation = sending = 0;
    rejectedMore = 0;
    rejected.clear();
    late = null;
    head = tail = handler = batchHandler = alarmHandler = receiver = maker = methods = known = outstanding = undefined;
    keyed = false;
    border.open(call, control, transfer);
    ctl = border.ctl;
    f64 = border.f64;
    configText = text;
    timeOrigin = now();
    host.timeOrigin = timeOrigin;
    if (spare === undefined) spare = newInvocation();
    internals.late();
    asksTime = false;
    if (slice(text, -RECORD.length) === RECORD) askTime();
    return enter;
  };
});
