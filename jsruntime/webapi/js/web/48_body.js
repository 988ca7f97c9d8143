// Bodies of requests and responses. They are in memory, as text or as bytes; streams
// come later, and so does the body attribute of a message that has one.
const bodies = once(() => {
  class BodyState {
    text = undefined;
    bytes = undefined;
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

// extractBody makes the state of a body given to a constructor; null for none.
function extractBody(value) {
  if (value === undefined || value === null) return null;
  const b = new (bodies().BodyState)();
  if (isObject(value)) {
    const bytes = bytesOf(value);
    if (bytes !== undefined) {
      b.bytes = copyBytes(bytes);
      return b;
    }
    const params = searchParams(true);
    if (params !== undefined && params.has(value)) {
      b.text = params.text(value);
      b.type = "application/x-www-form-urlencoded;charset=UTF-8";
      return b;
    }
  }
  b.text = wellFormed(`${value}`);
  b.type = "text/plain;charset=UTF-8";
  return b;
}

// cloneBody shares the memory: nothing writes to it.
function cloneBody(b) {
  if (b === null) return null;
  const copy = new (bodies().BodyState)();
  copy.text = b.text;
  copy.bytes = b.bytes;
  copy.type = b.type;
  return copy;
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

// consume marks the body as used and returns a promise of what read makes of it.
function consume(object, read) {
  return new PromiseCtor((resolve, reject) => {
    try {
      const b = bodies().get(object);
      if (b !== null) {
        if (b.used) throw new TypeErrorCtor("Body is unusable: it has been read already");
        b.used = true;
      }
      resolve(read(b));
    } catch (e) {
      reject(e);
    }
  });
}

const bodyMethods = once(() => ({
  __proto__: null,
  get body() {
    if (bodies().get(this) === null) return null;
    throw newDOMException("body streams are not supported: use text(), json(), bytes() or arrayBuffer()", "NotSupportedError");
  },
  get bodyUsed() {
    const b = bodies().get(this);
    return b !== null && b.used;
  },
  text() {
    return consume(this, (b) => (b === null ? "" : bodyText(b)));
  },
  json() {
    return consume(this, (b) => jsonParse(b === null ? "" : bodyText(b)));
  },
  bytes() {
    return consume(this, (b) => (b === null ? new U8(0) : copyBytes(bodyBytes(b))));
  },
  arrayBuffer() {
    return consume(this, (b) => (b === null ? new ArrayBufferCtor(0) : typedBuffer(copyBytes(bodyBytes(b)))));
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
