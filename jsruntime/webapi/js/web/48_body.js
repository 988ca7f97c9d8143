// Bodies of requests and responses: text or bytes in memory, a stream, or what the host
// reads from a connection. The last two become one another when they are asked for.
const bodies = once(() => {
  class BodyState {
    text = undefined;
    bytes = undefined;
    stream = undefined; // a ReadableStream
    remote = undefined; // {id, signal}: a body that Go holds, of which nothing was read
    used = false;
    // type is the Content-Type that the body brings, or null.
    type = null;
  }

  class BodySlot extends Slot {
    #body;
    constructor(object, body) {
      super(object);
      this.#body = body;
    }
    static has(o) {
      return isObject(o) && #body in o;
    }
    static get(o) {
      if (!BodySlot.has(o)) throw illegalInvocation();
      return o.#body;
    }
  }
  return { __proto__: null, BodyState, BodySlot, has: BodySlot.has, get: BodySlot.get };
});

function newBody(text, bytes, type) {
  const b = new (bodies().BodyState)();
  b.text = text;
  b.bytes = bytes;
  b.type = type;
  return b;
}

// extractBody makes the state of a body given to a constructor; null for none.
function extractBody(value) {
  if (value === undefined || value === null) return null;
  if (isObject(value)) {
    const bytes = bytesOf(value);
    if (bytes !== undefined) return newBody(undefined, copyBytes(bytes), null);
    if (is(searchParams(true), value)) {
      return newBody(searchParams().text(value), undefined, "application/x-www-form-urlencoded;charset=UTF-8");
    }
    const known = files(true);
    if (known !== undefined) {
      if (known.isBlob(value)) return newBody(undefined, known.blobBytes(value), known.blobType(value) || null);
      if (known.isForm(value)) {
        const form = known.encodeForm(value);
        return newBody(undefined, form.bytes, form.type);
      }
    }
    if (is(streams(true), value)) {
      if (streams().unusable(value)) throw new TypeErrorCtor("the body is a stream that is locked, or has been read already");
      const b = newBody(undefined, undefined, null);
      b.stream = value;
      return b;
    }
  }
  return newBody(wellFormed(`${value}`), undefined, "text/plain;charset=UTF-8");
}

function isUsed(b) {
  return b.used || (b.stream !== undefined && streams().isDisturbed(b.stream));
}

function isUnusable(b) {
  return b.used || (b.stream !== undefined && streams().unusable(b.stream));
}

// streamOf makes a stream of a body, which from then on is the body.
function streamOf(b) {
  if (b.stream === undefined) {
    b.stream = b.used ? streams().spent() : b.remote !== undefined ? streams().fromRemote(b.remote) : streams().fromBytes(bodyBytes(b));
    b.text = b.bytes = b.remote = undefined;
  }
  return b.stream;
}

// cloneBody shares the memory, since nothing writes to it; of a stream it makes two.
function cloneBody(b) {
  if (b === null) return null;
  const copy = newBody(b.text, b.bytes, b.type);
  if (b.stream !== undefined || b.remote !== undefined) {
    const two = streams().tee(streamOf(b));
    b.stream = two[0];
    copy.stream = two[1];
  }
  return copy;
}

// takeBody moves a body to another object; what is left has been read.
function takeBody(b) {
  const taken = newBody(b.text, b.bytes, b.type);
  taken.remote = b.remote;
  if (b.stream !== undefined) {
    taken.stream = streams().through(b.stream);
    return taken;
  }
  b.used = true;
  return taken;
}

function bodyBytes(b) {
  if (b.bytes === undefined) b.bytes = utf8Encode(b.text);
  return b.bytes;
}

function bodyText(b) {
  let text = b.text;
  if (text === undefined) text = utf8Decode(b.bytes);
  return text.length > 0 && charCodeAt(text, 0) === 0xfeff ? strSlice(text, 1) : text;
}

// whole reads what is not in memory, and calls done with a body that is.
function whole(b, done, failed) {
  if (b.stream !== undefined) {
    streams().gather(b.stream, (bytes) => done(newBody(undefined, bytes, b.type)), failed);
    return;
  }
  if (b.remote !== undefined) {
    const { id, signal } = b.remote;
    operate(host.start, "body.all", id, undefined, signal, (answer) => answer.bytes || new U8(0),
      (bytes) => done(newBody(undefined, bytes, b.type)), failed);
    return;
  }
  done(b);
}

// consume marks the body as used and returns a promise of what read makes of it.
function consume(object, read) {
  return new PromiseCtor((resolve, reject) => {
    try {
      const b = bodies().get(object);
      if (b === null) {
        resolve(read(newBody("", undefined, null)));
        return;
      }
      if (isUnusable(b)) throw new TypeErrorCtor("Body is unusable: it is locked, or has been read already");
      if (b.stream === undefined) b.used = true;
      whole(b, (known) => {
        try {
          resolve(read(known));
        } catch (e) {
          reject(e);
        }
      }, reject);
    } catch (e) {
      reject(e);
    }
  });
}

// contentType is the Content-Type of a request or a response, or "".
function contentType(object) {
  const s = is(requests(true), object) ? requests().state(object) : responses().state(object);
  return headersClass().get(s.headers, "content-type") || "";
}

const bodyMethods = once(() => ({
  __proto__: null,
  get body() {
    const b = bodies().get(this);
    return b === null ? null : streamOf(b);
  },
  get bodyUsed() {
    const b = bodies().get(this);
    return b !== null && isUsed(b);
  },
  text() {
    return consume(this, bodyText);
  },
  json() {
    return consume(this, (b) => jsonParse(bodyText(b)));
  },
  bytes() {
    return consume(this, (b) => copyBytes(bodyBytes(b)));
  },
  arrayBuffer() {
    return consume(this, (b) => typedBuffer(copyBytes(bodyBytes(b))));
  },
  blob() {
    return consume(this, (b) => files().newBlob(copyBytes(bodyBytes(b)), files().essence(contentType(this))));
  },
  formData() {
    return consume(this, (b) => files().decodeForm(bodyBytes(b), contentType(this)));
  },
}));

// addBodyMethods gives a class the members of the Body mixin.
function addBodyMethods(C) {
  const methods = bodyMethods();
  const names = ownKeys(methods);
  for (let i = 0; i < names.length; i++) {
    defineProperty(C.prototype, names[i], getOwnPropertyDescriptor(methods, names[i]));
  }
}
