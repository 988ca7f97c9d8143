// Request.
const requests = once(() => {
  const { BodySlot } = bodies();
  class RequestState {
    method = "GET";
    url = "";
    headers = undefined; // a HeaderList
    headersObject = undefined;
    redirect = "follow";
    // source is the signal given; the request's own is made when it is asked for.
    source = null;
    signal = undefined;
    credentials = "same-origin";
    mode = "cors";
    cache = "default";
    referrer = "about:client";
    referrerPolicy = "";
    integrity = "";
    keepalive = false;
  }

  class RequestSlot extends Slot {
    #s;
    constructor(object, state) {
      super(object);
      this.#s = state;
    }
    static has(o) {
      return isObject(o) && #s in o;
    }
    static state(o) {
      if (!RequestSlot.has(o)) throw illegalInvocation();
      return o.#s;
    }
  }

  const enums = {
    __proto__: null,
    redirect: "|follow|error|manual|",
    credentials: "|omit|same-origin|include|",
    mode: "|navigate|same-origin|no-cors|cors|",
    cache: "|default|no-store|reload|no-cache|force-cache|only-if-cached|",
    referrerPolicy: "||no-referrer|no-referrer-when-downgrade|same-origin|origin|strict-origin|origin-when-cross-origin|strict-origin-when-cross-origin|unsafe-url|",
  };

  function option(s, init, name) {
    const value = init[name];
    if (value === undefined) return;
    const text = `${value}`;
    if (strIndexOf(text, "|") >= 0 || strIndexOf(enums[name], `|${text}|`) < 0) {
      throw new TypeErrorCtor(`Request: ${jsonStringify(cut(text, 100))} is no value of ${name}`);
    }
    s[name] = text;
  }

  function normalizeMethod(method) {
    let token = method.length > 0;
    for (let i = 0; token && i < method.length; i++) token = isTokenCode(charCodeAt(method, i));
    if (!token) throw new TypeErrorCtor(`Request: ${jsonStringify(cut(method, 100))} is no HTTP method`);
    const upper = strUpper(method);
    switch (upper) {
      case "CONNECT": case "TRACE": case "TRACK":
        throw new TypeErrorCtor(`Request: method ${upper} is not allowed`);
      case "DELETE": case "GET": case "HEAD": case "OPTIONS": case "POST": case "PUT":
        return upper;
      default:
        return method;
    }
  }

  function checkedURL(text) {
    const { parsed, HREF, USERNAME, PASSWORD } = urls();
    const url = parsed(text);
    if (url.part(USERNAME) !== "" || url.part(PASSWORD) !== "") {
      throw new TypeErrorCtor("Request: the URL must not include credentials: use an Authorization header");
    }
    return url.part(HREF);
  }

  // build reads the constructor's arguments and returns {state, body}. Nothing in it
  // asks a Request that is given as input: its state is read. Where the URL goes to Go at
  // once, as fetch's does, it is parsed and checked there.
  function build(input, init, unparsed) {
    const h = headersClass();
    const s = new RequestState();
    let inherited = null; // the given request's body
    let from = null;
    if (RequestSlot.has(input)) {
      from = RequestSlot.state(input);
      s.method = from.method;
      s.url = from.url;
      s.redirect = from.redirect;
      s.source = from.source;
      s.credentials = from.credentials;
      s.mode = from.mode;
      s.cache = from.cache;
      s.keepalive = from.keepalive;
      inherited = BodySlot.get(input);
    } else {
      const text = isObject(input) && is(urls(true), input) ? urls().href(input) : `${input}`;
      if (unparsed) s.url = wellFormed(text);
      else s.url = checkedURL(text);
    }
    s.headers = new h.HeaderList();
    let body = null;
    let replaced = false;
    if (init !== undefined && init !== null) {
      if (!isObject(init)) throw new TypeErrorCtor("Request: init must be an object");
      option(s, init, "redirect");
      option(s, init, "credentials");
      option(s, init, "mode");
      option(s, init, "cache");
      option(s, init, "referrerPolicy");
      if (init.keepalive !== undefined) s.keepalive = !!init.keepalive;
      if (init.integrity !== undefined) s.integrity = `${init.integrity}`;
      if (init.method !== undefined) s.method = normalizeMethod(`${init.method}`);
      const signal = init.signal;
      if (signal !== undefined) {
        if (signal !== null && !isSignal(signal)) throw new TypeErrorCtor("Request: signal is not an AbortSignal");
        s.source = signal;
      }
      const headers = init.headers;
      if (headers !== undefined) h.fill(s.headers, headers);
      else if (from !== null) h.copyInto(s.headers, from.headers);
      const given = init.body;
      const duplex = init.duplex;
      if (duplex !== undefined && `${duplex}` !== "half") throw new TypeErrorCtor('Request: duplex must be "half"');
      if (given !== undefined && given !== null) {
        replaced = true;
        body = extractBody(given);
        if (body.stream !== undefined && duplex !== "half") {
          throw new TypeErrorCtor('Request: a body that is a stream needs duplex: "half"');
        }
      }
    } else if (from !== null) {
      h.copyInto(s.headers, from.headers);
    }
    if ((replaced || inherited !== null) && (s.method === "GET" || s.method === "HEAD")) {
      throw new TypeErrorCtor("Request with GET/HEAD method cannot have body");
    }
    if (!replaced && inherited !== null) {
      if (isUnusable(inherited)) throw new TypeErrorCtor("Request: the body of the given Request is locked, or has been read already");
      body = takeBody(inherited);
    }
    if (replaced && body.type !== null && h.get(s.headers, "content-type") === null) h.append(s.headers, "Content-Type", body.type);
    return { __proto__: null, state: s, body };
  }

  class Request {
    constructor(input, init = undefined) {
      need(arguments.length, 1, "Request constructor");
      const built = build(input, init, false);
      new RequestSlot(new BodySlot(this, built.body), built.state);
    }
    get method() { return RequestSlot.state(this).method; }
    get url() { return RequestSlot.state(this).url; }
    get headers() {
      const s = RequestSlot.state(this);
      if (s.headersObject === undefined) s.headersObject = headersClass().wrap(s.headers);
      return s.headersObject;
    }
    get signal() {
      const s = RequestSlot.state(this);
      if (s.signal === undefined) {
        const sources = newList();
        if (s.source !== null) sources[0] = s.source;
        s.signal = aborting().following(sources);
      }
      return s.signal;
    }
    get redirect() { return RequestSlot.state(this).redirect; }
    get credentials() { return RequestSlot.state(this).credentials; }
    get mode() { return RequestSlot.state(this).mode; }
    get cache() { return RequestSlot.state(this).cache; }
    get destination() { RequestSlot.state(this); return ""; }
    get referrer() { return RequestSlot.state(this).referrer; }
    get referrerPolicy() { return RequestSlot.state(this).referrerPolicy; }
    get integrity() { return RequestSlot.state(this).integrity; }
    get keepalive() { return RequestSlot.state(this).keepalive; }
    get duplex() { RequestSlot.state(this); return "half"; }
    clone() {
      const s = RequestSlot.state(this);
      const body = BodySlot.get(this);
      if (body !== null && isUnusable(body)) throw new TypeErrorCtor("Request.clone: the body is locked, or has been read already");
      const copy = new RequestState();
      const names = ownKeys(s);
      for (let i = 0; i < names.length; i++) copy[names[i]] = s[names[i]];
      copy.signal = undefined;
      copy.headersObject = undefined;
      copy.headers = new (headersClass().HeaderList)();
      headersClass().copyInto(copy.headers, s.headers);
      return new RequestSlot(new BodySlot(objectCreate(RequestPrototype), cloneBody(body)), copy);
    }
  }
  addBodyMethods(Request);
  webClass(Request, "Request");
  const RequestPrototype = Request.prototype;
  return { __proto__: null, Request, build, has: RequestSlot.has, state: RequestSlot.state };
});
