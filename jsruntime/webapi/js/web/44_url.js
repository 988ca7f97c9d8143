// URL: parsed by Go, which answers with the parts a line each (a serialised URL has
// no line break); see url.go.
const urls = once(() => {
  const HREF = 0, PROTOCOL = 1, USERNAME = 2, PASSWORD = 3, HOSTNAME = 4, PORT = 5, PATHNAME = 6, SEARCH = 7, HASH = 8;

  class URLState {
    raw;
    parts = undefined;
    params = null;
    constructor(raw) {
      this.raw = raw;
    }
    part(i) {
      if (this.parts === undefined) {
        const parts = newList();
        let from = 0;
        for (let at = strIndexOf(this.raw, "\n"); at >= 0; at = strIndexOf(this.raw, "\n", from)) {
          parts[parts.length] = strSlice(this.raw, from, at);
          from = at + 1;
        }
        parts[parts.length] = strSlice(this.raw, from);
        this.parts = parts;
      }
      return this.parts[i];
    }
    update(raw) {
      this.raw = raw;
      this.parts = undefined;
    }
    set(field, value) {
      this.update(hostCall("url.set", field + "\n" + this.part(HREF) + "\n" + value, undefined));
    }
    // replaceQuery follows a change of the search parameters.
    replaceQuery(query) {
      this.set("search", query);
    }
    syncParams() {
      if (this.params !== null) searchParams().reparse(this.params, strSlice(this.part(SEARCH), 1));
    }
  }

  class URLSlot extends Slot {
    #s;
    constructor(object, state) {
      super(object);
      this.#s = state;
    }
    static has(o) {
      return isObject(o) && #s in o;
    }
    static state(o) {
      if (!URLSlot.has(o)) throw illegalInvocation();
      return o.#s;
    }
  }

  // parse returns Go's answer, "" where the URL is invalid. A line break ends the
  // base on its way; parsing would remove it anyway.
  function parse(input, base) {
    if (base === undefined) return hostCall("url.parse", "\n" + input, undefined);
    let clean = base;
    if (strIndexOf(base, "\n") >= 0) {
      clean = "";
      for (let i = 0; i < base.length; i++) if (charCodeAt(base, i) !== 10) clean += base[i];
    }
    // An empty base is one that is invalid, not one that is absent.
    return clean === "" ? "" : hostCall("url.parse", clean + "\n" + input, undefined);
  }

  function arg(value) {
    return wellFormed(`${value}`);
  }

  function invalid(input) {
    return new TypeErrorCtor(`Invalid URL: ${jsonStringify(cut(input, 200))}`);
  }

  function make(raw) {
    return new URLSlot(objectCreate(URLPrototype), new URLState(raw));
  }

  class URL {
    constructor(url, base = undefined) {
      need(arguments.length, 1, "URL constructor");
      const input = arg(url);
      const raw = parse(input, base === undefined ? undefined : arg(base));
      if (raw === "") throw invalid(input);
      new URLSlot(this, new URLState(raw));
    }
    static canParse(url, base = undefined) {
      need(arguments.length, 1, "URL.canParse");
      return parse(arg(url), base === undefined ? undefined : arg(base)) !== "";
    }
    static parse(url, base = undefined) {
      need(arguments.length, 1, "URL.parse");
      const raw = parse(arg(url), base === undefined ? undefined : arg(base));
      return raw === "" ? null : make(raw);
    }
    get href() { return URLSlot.state(this).part(HREF); }
    set href(value) {
      const s = URLSlot.state(this);
      const input = arg(value);
      const raw = parse(input, undefined);
      if (raw === "") throw invalid(input);
      s.update(raw);
      s.syncParams();
    }
    get origin() { return originOf(URLSlot.state(this)); }
    get protocol() { return URLSlot.state(this).part(PROTOCOL); }
    set protocol(v) { URLSlot.state(this).set("protocol", arg(v)); }
    get username() { return URLSlot.state(this).part(USERNAME); }
    set username(v) { URLSlot.state(this).set("username", arg(v)); }
    get password() { return URLSlot.state(this).part(PASSWORD); }
    set password(v) { URLSlot.state(this).set("password", arg(v)); }
    get host() { return hostOf(URLSlot.state(this)); }
    set host(v) { URLSlot.state(this).set("host", arg(v)); }
    get hostname() { return URLSlot.state(this).part(HOSTNAME); }
    set hostname(v) { URLSlot.state(this).set("hostname", arg(v)); }
    get port() { return URLSlot.state(this).part(PORT); }
    set port(v) { URLSlot.state(this).set("port", arg(v)); }
    get pathname() { return URLSlot.state(this).part(PATHNAME); }
    set pathname(v) { URLSlot.state(this).set("pathname", arg(v)); }
    get search() { return URLSlot.state(this).part(SEARCH); }
    set search(v) {
      const s = URLSlot.state(this);
      s.set("search", arg(v));
      s.syncParams();
    }
    get hash() { return URLSlot.state(this).part(HASH); }
    set hash(v) { URLSlot.state(this).set("hash", arg(v)); }
    get searchParams() {
      const s = URLSlot.state(this);
      if (s.params === null) s.params = searchParams().ofURL(s, strSlice(s.part(SEARCH), 1));
      return s.params;
    }
    toString() { return URLSlot.state(this).part(HREF); }
    toJSON() { return URLSlot.state(this).part(HREF); }
  }
  webClass(URL, "URL");
  const URLPrototype = URL.prototype;

  function hostOf(s) {
    const port = s.part(PORT);
    return port === "" ? s.part(HOSTNAME) : s.part(HOSTNAME) + ":" + port;
  }

  function originOf(s) {
    switch (s.part(PROTOCOL)) {
      case "http:": case "https:": case "ftp:": case "ws:": case "wss:":
        return s.part(PROTOCOL) + "//" + hostOf(s);
      case "blob:": {
        const raw = parse(s.part(PATHNAME), undefined);
        if (raw === "") return "null";
        const inner = new URLState(raw);
        const protocol = inner.part(PROTOCOL);
        return protocol === "http:" || protocol === "https:" ? originOf(inner) : "null";
      }
      default:
        return "null";
    }
  }

  // parsed gives fetch and Request the state of a URL, or throws.
  function parsed(input) {
    const raw = parse(wellFormed(input), undefined);
    if (raw === "") throw invalid(input);
    return new URLState(raw);
  }

  return {
    __proto__: null, URL, parsed, HREF, USERNAME, PASSWORD, PROTOCOL,
    has: URLSlot.has, href: (o) => URLSlot.state(o).part(HREF),
  };
});
