// ctx.nats: messages to others. The words to Go are in capability.go.

// received are the objects that hold a payload from Go, with the members that msg has.
const received = once(() => {
  class ReceivedSlot extends Slot {
    #s;
    constructor(object, state) {
      super(object);
      this.#s = state;
    }
    static state(o) {
      if (!isObject(o) || !(#s in o)) throw illegalInvocation();
      return o.#s;
    }
  }
  const { state } = ReceivedSlot;

  class Received {
    text() {
      const s = state(this);
      if (s.text === undefined) s.text = s.bytes === undefined ? "" : utf8Decode(s.bytes);
      return s.text;
    }
    json() {
      return jsonParse(apply(text, this, []));
    }
    bytes() {
      const s = state(this);
      return s.bytes === undefined ? new U8(0) : copyBytes(s.bytes);
    }
  }
  const { text } = Received.prototype;

  // make gives an object of the class C its state: s has bytes, undefined for none.
  function make(C, s) {
    s.text = undefined;
    return new ReceivedSlot(objectCreate(C.prototype), s);
  }
  delete Received.prototype.constructor;
  return { __proto__: null, Received, state, make };
});

// payloadOf turns what a function sends into {text} or {bytes}, as a reply is made.
function payloadOf(value, where, limit) {
  const p = { __proto__: null, text: "", bytes: undefined };
  if (typeof value === "string") {
    p.text = wellFormed(value);
  } else if (value !== undefined) {
    const known = responses(true);
    if (known !== undefined && isObject(value) && known.has(value)) {
      throw new TypeErrorCtor(`${where}: a Response cannot be sent: give its text() or bytes()`);
    }
    const bytes = bytesOf(value);
    if (bytes === undefined) {
      notSent(value, where);
      p.text = wellFormed(jsonOf(value, where));
    } else {
      bounded(typedLength(bytes), where, limit);
      p.bytes = copyBytes(bytes);
      return p;
    }
  }
  bounded(p.text.length, where, limit);
  return p;
}

function notSent(value, where) {
  const type = typeof value;
  if (type === "function" || type === "symbol" || type === "bigint") {
    throw new TypeErrorCtor(`${where}: a ${type} cannot be sent: give a string, bytes or what JSON can write`);
  }
}

// bounded refuses early what Go would refuse: nothing is copied then.
function bounded(size, where, limit) {
  if (size > limit) {
    throw newDOMException(`${where}: ${size} bytes are more than the server takes, ${limit} (its max_payload): send less, or in parts`, "TooLargeError");
  }
}

function optionsOf(options, where) {
  if (options === undefined || options === null) return { __proto__: null };
  if (!isObject(options)) throw new TypeErrorCtor(`${where}: the options must be an object`);
  return options;
}

function signalOf(options, where) {
  const signal = options.signal;
  if (signal === undefined || signal === null) return null;
  if (!isSignal(signal)) throw new TypeErrorCtor(`${where}: signal is not an AbortSignal`);
  return signal;
}

function stringOf(value, where, what) {
  if (typeof value !== "string") throw new TypeErrorCtor(`${where}: ${what} must be a string`);
  return wellFormed(value);
}

// headersText writes what Headers takes as a JSON list of pairs.
function headersText(init) {
  if (init === undefined || init === null) return "[]";
  const h = headersClass();
  const list = new h.HeaderList();
  h.fill(list, init);
  return pairsText(h.pairs(list));
}

// pairsText writes pairs of strings as a JSON list.
function pairsText(pairs) {
  let text = "";
  for (let i = 0; i < pairs.length; i++) {
    text += `${i === 0 ? "" : ","}[${jsonStringify(pairs[i][0])},${jsonStringify(pairs[i][1])}]`;
  }
  return `[${text}]`;
}

const messaging = once(() => {
  const { Received, state, make } = received();
  const limit = once(() => +hostCall("nats.max", "", undefined));

  class NatsSlot extends Slot {
    #begin;
    constructor(object, begin) {
      super(object);
      this.#begin = begin;
    }
    static begin(o) {
      if (!isObject(o) || !(#begin in o)) throw illegalInvocation();
      return o.#begin;
    }
  }

  class NatsMessage extends Received {
    get subject() { return state(this).subject; }
    get headers() {
      const s = state(this);
      if (s.headers === undefined) s.headers = newHeaders(s.pairs);
      return s.headers;
    }
  }
  delete NatsMessage.prototype.constructor;

  // send reads what both methods take, and begins the operation.
  function send(nats, verb, subject, data, given, made, resolve, reject) {
    const begin = NatsSlot.begin(nats);
    const where = `nats.${verb}`;
    const options = optionsOf(given, where);
    const to = stringOf(subject, where, "the subject");
    const signal = signalOf(options, where);
    const headers = headersText(options.headers);
    let own;
    if (verb === "publish") {
      const id = options.msgId;
      own = `"msgId":${jsonStringify(id === undefined ? "" : stringOf(id, where, "msgId"))},"ack":${options.ack ? "true" : "false"}${laterOf(options, where)}`;
    } else {
      const timeout = options.timeout === undefined ? 0 : +options.timeout;
      if (options.timeout !== undefined && !(timeout > 0 && timeout <= MAX_SAFE_INTEGER)) {
        throw new TypeErrorCtor(`${where}: timeout must be a positive number of milliseconds`);
      }
      own = `"timeout":${min(timeout, 1e9)}`;
    }
    const payload = payloadOf(data, where, limit());
    const head = `{"subject":${jsonStringify(to)},"headers":${headers},${own}}`;
    operate(begin, where, `${head}\n${payload.text}`, payload.bytes, signal, made, resolve, reject);
  }

  // laterOf reads when a message is to be published.
  function laterOf(options, where) {
    const { delay, at } = options;
    if (delay !== undefined && at !== undefined) throw new TypeErrorCtor(`${where}: give delay or at, not both`);
    if (delay !== undefined) {
      if (typeof delay !== "number" || !(delay >= 0 && delay < Infinity)) {
        throw new TypeErrorCtor(`${where}: delay must be a number of milliseconds, 0 or more`);
      }
      return `,"delay":${delay}`;
    }
    if (at === undefined) return "";
    const ms = +at;
    if (!(ms > -Infinity && ms < Infinity)) throw new TypeErrorCtor(`${where}: at must be a Date, or milliseconds since 1970`);
    return `,"at":${ms}`;
  }

  // acknowledged is undefined where no acknowledgement was asked for.
  function acknowledged(answer) {
    return answer.text === "" ? undefined : jsonParse(answer.text);
  }

  function replied(answer) {
    const head = jsonParse(answer.text);
    const pairs = head.headers;
    const reply = make(NatsMessage, { __proto__: null, bytes: answer.bytes, subject: head.subject, pairs, headers: undefined });
    let code, outcome;
    let message = "";
    for (let i = 0; i < pairs.length; i++) {
      const name = pairs[i][0];
      if (name === "Nats-Service-Error-Code") code = +pairs[i][1];
      else if (name === "Nats-Service-Error") message = pairs[i][1];
      else if (name === "Isolane-Outcome") outcome = pairs[i][1];
    }
    if (code === undefined) return reply;
    const error = newDOMException(`${head.subject} answered ${code}: ${innermost(message)}`, "ServiceError");
    defineHidden(error, "code", code);
    defineHidden(error, "outcome", outcome);
    defineHidden(error, "reply", reply);
    throw error;
  }

  // innermost takes what other functions have put before an error that they passed on, so
  // that a chain of calls tells of its cause.
  function innermost(message) {
    const passed = "ServiceError: ";
    while (strSlice(message, 0, passed.length) === passed) {
      const answered = strIndexOf(message, " answered ");
      const cause = answered < 0 ? -1 : strIndexOf(message, ": ", answered);
      if (cause < 0) break;
      message = strSlice(message, cause + 2);
    }
    return message;
  }

  class Nats {
    publish(subject, data = undefined, options = undefined) {
      return new PromiseCtor((resolve, reject) => {
        try {
          send(this, "publish", subject, data, options, acknowledged, resolve, reject);
        } catch (e) {
          reject(e);
        }
      });
    }
    request(subject, data = undefined, options = undefined) {
      return new PromiseCtor((resolve, reject) => {
        try {
          send(this, "request", subject, data, options, replied, resolve, reject);
        } catch (e) {
          reject(e);
        }
      });
    }
  }
  delete Nats.prototype.constructor;
  return { __proto__: null, make: (begin) => new NatsSlot(objectCreate(Nats.prototype), begin) };
});

// newNats makes ctx.nats; begin starts an operation of its invocation, as host.start
// does of the running one.
function newNats(begin) {
  return messaging().make(begin);
}
