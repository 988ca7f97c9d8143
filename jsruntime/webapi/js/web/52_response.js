// Response.
const responses = once(() => {
  const { BodySlot } = bodies();
  class ResponseState {
    status = 200;
    statusText = "";
    headers = undefined; // a HeaderList
    headersObject = undefined;
    url = "";
    redirected = false;
    type = "default";
    // head is what Go said of a fetched response, until it is asked for; see fetch_wire.go.
    head = undefined;
  }

  class ResponseSlot extends Slot {
    #s;
    constructor(object, state) {
      super(object);
      this.#s = state;
    }
    static has(o) {
      return isObject(o) && #s in o;
    }
    static state(o) {
      if (!ResponseSlot.has(o)) throw illegalInvocation();
      return o.#s;
    }
  }

  // state has all of it.
  function state(o) {
    const s = ResponseSlot.state(o);
    if (s.head !== undefined) readHead(s);
    return s;
  }

  // readHead reads lines of status text, URL and headers.
  function readHead(s) {
    const text = s.head;
    s.head = undefined;
    let at = strIndexOf(text, "\n");
    s.statusText = strSlice(text, 0, at);
    let from = at + 1;
    at = strIndexOf(text, "\n", from);
    s.url = strSlice(text, from, at);
    s.headers = headersClass().fromLines(text, at + 1);
    s.headers.immutable = true;
  }

  function isNullBodyStatus(status) {
    return status === 101 || status === 103 || status === 204 || status === 205 || status === 304;
  }

  function statusOf(value) {
    // Web IDL's unsigned short.
    const n = +value;
    return n === n && n !== Infinity && n !== -Infinity ? ((trunc(n) % 65536) + 65536) % 65536 : 0;
  }

  // build reads init and returns the state of a response with this body.
  function build(body, init) {
    const h = headersClass();
    const s = new ResponseState();
    s.headers = new h.HeaderList();
    if (init !== undefined && init !== null) {
      if (!isObject(init)) throw new TypeErrorCtor("Response: init must be an object");
      const headers = init.headers;
      const status = init.status;
      const statusText = init.statusText;
      if (status !== undefined) {
        s.status = statusOf(status);
        if (s.status < 200 || s.status > 599) {
          throw new RangeErrorCtor(`Response: the status must be in the range 200 to 599, it is ${s.status}`);
        }
      }
      if (statusText !== undefined) {
        s.statusText = `${statusText}`;
        for (let i = 0; i < s.statusText.length; i++) {
          const c = charCodeAt(s.statusText, i);
          if (c > 255 || c === 127 || (c < 32 && c !== 9)) throw new TypeErrorCtor("Response: invalid statusText");
        }
      }
      if (headers !== undefined) h.fill(s.headers, headers);
    }
    if (body !== null) {
      if (isNullBodyStatus(s.status)) throw new TypeErrorCtor(`Response: a response with status ${s.status} cannot have a body`);
      if (body.type !== null && h.get(s.headers, "content-type") === null) h.append(s.headers, "Content-Type", body.type);
    }
    return s;
  }

  function make(body, state) {
    return new ResponseSlot(new BodySlot(objectCreate(ResponsePrototype), body), state);
  }

  class Response {
    constructor(body = null, init = undefined) {
      const b = extractBody(body);
      new ResponseSlot(new BodySlot(this, b), build(b, init));
    }
    static error() {
      const s = build(null, undefined);
      s.type = "error";
      s.status = 0;
      s.headers.immutable = true;
      return make(null, s);
    }
    static redirect(url, status = 302) {
      need(arguments.length, 1, "Response.redirect");
      const parsed = urls().parsed(`${url}`);
      const code = statusOf(status);
      if (code !== 301 && code !== 302 && code !== 303 && code !== 307 && code !== 308) {
        throw new RangeErrorCtor(`Response.redirect: ${code} is no redirect status`);
      }
      const s = build(null, undefined);
      s.status = code;
      headersClass().append(s.headers, "Location", parsed.part(urls().HREF));
      s.headers.immutable = true;
      return make(null, s);
    }
    static json(data, init = undefined) {
      need(arguments.length, 1, "Response.json");
      const text = jsonStringify(data);
      if (typeof text !== "string") throw new TypeErrorCtor(`Response.json: ${typeof data} cannot be written as JSON`);
      const b = newBody(text, undefined, "application/json");
      return make(b, build(b, init));
    }
    get type() { return ResponseSlot.state(this).type; }
    get url() { return state(this).url; }
    get redirected() { return ResponseSlot.state(this).redirected; }
    get status() { return ResponseSlot.state(this).status; }
    get ok() {
      const s = ResponseSlot.state(this);
      return s.status >= 200 && s.status <= 299;
    }
    get statusText() { return state(this).statusText; }
    get headers() {
      const s = state(this);
      if (s.headersObject === undefined) s.headersObject = headersClass().wrap(s.headers);
      return s.headersObject;
    }
    clone() {
      const s = state(this);
      const body = BodySlot.get(this);
      if (body !== null && isUnusable(body)) throw new TypeErrorCtor("Response.clone: the body is locked, or has been read already");
      const copy = new ResponseState();
      copy.status = s.status;
      copy.statusText = s.statusText;
      copy.url = s.url;
      copy.redirected = s.redirected;
      copy.type = s.type;
      copy.headers = new (headersClass().HeaderList)();
      headersClass().copyInto(copy.headers, s.headers);
      copy.headers.immutable = s.headers.immutable;
      return make(cloneBody(body), copy);
    }
  }
  addBodyMethods(Response);
  webClass(Response, "Response");
  const ResponsePrototype = Response.prototype;

  // fetched makes the response of a fetch from Go's answer; see fetch_wire.go. Its body
  // stays with Go until it is asked for, unless it has come whole.
  function fetched(answer, signal) {
    const { text } = answer;
    const end = strIndexOf(text, "\n");
    const at = strIndexOf(text, " ", 6);
    const rest = end + 1 + +strSlice(text, 6, at);
    const s = new ResponseState();
    s.type = "basic";
    s.status = +strSlice(text, 0, 3);
    s.redirected = charCodeAt(text, 4) === 49;
    s.head = strSlice(text, end + 1, rest);
    const name = strSlice(text, at + 1, end);
    let body = null;
    if (!isNullBodyStatus(s.status) && name !== "") {
      body = newBody(undefined, undefined, null);
      if (name === "t") body.text = strSlice(text, rest);
      else if (name === "b") body.bytes = answer.bytes;
      else if (name === "0") body.text = "";
      else body.remote = { __proto__: null, id: name, signal };
    }
    return make(body, s);
  }

  return { __proto__: null, Response, fetched, has: ResponseSlot.has, state };
});
