// Headers: a list of entries with the name as it was written and in lower case.
const headersClass = once(() => {
  class HeaderList {
    entries = newList();
    immutable = false;
  }

  class Entry {
    name;
    lower;
    value;
    constructor(name, lower, value) {
      this.name = name;
      this.lower = lower;
      this.value = value;
    }
  }

  class HeadersSlot extends Slot {
    #list;
    constructor(object, list) {
      super(object);
      this.#list = list;
    }
    static has(o) {
      return isObject(o) && #list in o;
    }
    static list(o) {
      if (!HeadersSlot.has(o)) throw illegalInvocation();
      return o.#list;
    }
  }

  const iterator = makeIterator("Headers Iterator", (o, i) => {
    const all = sorted(HeadersSlot.list(o));
    return i < all.length ? all[i] : undefined;
  });

  class Headers {
    constructor(init = undefined) {
      const list = new HeaderList();
      if (init !== undefined) fill(list, init);
      new HeadersSlot(this, list);
    }
    append(name, value) {
      const list = HeadersSlot.list(this);
      need(arguments.length, 2, "append");
      append(list, `${name}`, `${value}`);
    }
    delete(name) {
      const list = HeadersSlot.list(this);
      need(arguments.length, 1, "delete");
      const lower = lowerName(`${name}`);
      mutable(list);
      removeAll(list, lower, 0);
    }
    get(name) {
      const list = HeadersSlot.list(this);
      need(arguments.length, 1, "get");
      return get(list, lowerName(`${name}`));
    }
    getSetCookie() {
      const entries = HeadersSlot.list(this).entries;
      const out = newList();
      for (let i = 0; i < entries.length; i++) if (entries[i].lower === "set-cookie") out[out.length] = entries[i].value;
      return toArray(out);
    }
    has(name) {
      const list = HeadersSlot.list(this);
      need(arguments.length, 1, "has");
      return indexOf(list, lowerName(`${name}`), 0) >= 0;
    }
    set(name, value) {
      const list = HeadersSlot.list(this);
      need(arguments.length, 2, "set");
      const n = `${name}`;
      const lower = lowerName(n);
      const v = headerValue(`${value}`);
      mutable(list);
      set(list, n, lower, v);
    }
    forEach(callback, thisArg = undefined) {
      const list = HeadersSlot.list(this);
      need(arguments.length, 1, "forEach");
      if (typeof callback !== "function") throw new TypeErrorCtor("forEach: the callback must be a function");
      for (let i = 0, all = sorted(list); i < all.length; i++, all = sorted(list)) {
        apply(callback, thisArg, [all[i][1], all[i][0], this]);
      }
    }
    keys() { HeadersSlot.list(this); return iterator(this, "keys"); }
    values() { HeadersSlot.list(this); return iterator(this, "values"); }
    entries() { HeadersSlot.list(this); return iterator(this, "entries"); }
  }
  const prototype = Headers.prototype;
  webClass(Headers, "Headers");
  defineHidden(prototype, symbolIterator, prototype.entries);

  // fill takes what the constructor takes. A Headers object is copied as it is; its
  // methods, which a function may have replaced, are not asked.
  function fill(list, init) {
    if (HeadersSlot.has(init)) {
      copyInto(list, HeadersSlot.list(init));
      return;
    }
    if (!isObject(init)) throw new TypeErrorCtor("Headers: the initializer must be an object or a sequence of pairs");
    const pairs = pairsFrom(init, "Headers");
    for (let i = 0; i < pairs.length; i++) append(list, pairs[i][0], pairs[i][1]);
  }

  function copyInto(list, from) {
    for (let i = 0; i < from.entries.length; i++) {
      const e = from.entries[i];
      list.entries[list.entries.length] = new Entry(e.name, e.lower, e.value);
    }
  }

  function append(list, name, value) {
    const lower = lowerName(name);
    const v = headerValue(value);
    mutable(list);
    list.entries[list.entries.length] = new Entry(name, lower, v);
  }

  function set(list, name, lower, value) {
    const i = indexOf(list, lower, 0);
    if (i < 0) {
      list.entries[list.entries.length] = new Entry(name, lower, value);
      return;
    }
    list.entries[i].value = value;
    removeAll(list, lower, i + 1);
  }

  function indexOf(list, lower, from) {
    for (let i = from; i < list.entries.length; i++) if (list.entries[i].lower === lower) return i;
    return -1;
  }

  function removeAll(list, lower, from) {
    for (let i = list.entries.length - 1; i >= from; i--) {
      if (list.entries[i].lower === lower) removeAt(list.entries, i);
    }
  }

  function get(list, lower) {
    let out = null;
    for (let i = 0; i < list.entries.length; i++) {
      const e = list.entries[i];
      if (e.lower === lower) out = out === null ? e.value : out + ", " + e.value;
    }
    return out;
  }

  // sorted returns [name, value] pairs by name, values combined but for Set-Cookie.
  function sorted(list) {
    const names = newList();
    for (let i = 0; i < list.entries.length; i++) {
      const e = list.entries[i];
      if (indexOf(list, e.lower, 0) === i) names[names.length] = e.lower;
    }
    arraySort(names, (a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const out = newList();
    for (let i = 0; i < names.length; i++) {
      if (names[i] !== "set-cookie") {
        out[out.length] = row(names[i], get(list, names[i]));
        continue;
      }
      for (let k = 0; k < list.entries.length; k++) {
        if (list.entries[k].lower === "set-cookie") out[out.length] = row("set-cookie", list.entries[k].value);
      }
    }
    return out;
  }

  function row(name, value) {
    const r = newList();
    r[0] = name;
    r[1] = value;
    return r;
  }

  function mutable(list) {
    if (list.immutable) throw new TypeErrorCtor("Headers are immutable");
  }

  function lowerName(name) {
    let token = name.length > 0;
    for (let i = 0; token && i < name.length; i++) token = isTokenCode(charCodeAt(name, i));
    if (!token) throw new TypeErrorCtor(`Invalid header name: ${jsonStringify(cut(name, 100))}`);
    return strLower(name);
  }

  // headerValue strips white space around the value, and refuses what no header can
  // hold.
  function headerValue(value) {
    let from = 0;
    let to = value.length;
    while (from < to && isSpaceCode(charCodeAt(value, from))) from++;
    while (to > from && isSpaceCode(charCodeAt(value, to - 1))) to--;
    for (let i = from; i < to; i++) {
      const c = charCodeAt(value, i);
      if (c > 255 || c === 0 || c === 10 || c === 13) {
        throw new TypeErrorCtor(`Invalid header value: ${jsonStringify(cut(value, 100))}`);
      }
    }
    return from === 0 && to === value.length ? value : strSlice(value, from, to);
  }

  // wrap makes the Headers object of a list.
  function wrap(list) {
    return new HeadersSlot(objectCreate(prototype), list);
  }

  // pairs writes the list as plain arrays, names as they were written.
  function pairs(list) {
    const out = newList();
    for (let i = 0; i < list.entries.length; i++) out[i] = row(list.entries[i].name, list.entries[i].value);
    return out;
  }

  // fromLines takes lines "name:value" from Go as they are, unchecked.
  function fromLines(text, from) {
    const list = new HeaderList();
    for (let end = strIndexOf(text, "\n", from); end >= 0; end = strIndexOf(text, "\n", from)) {
      const at = strIndexOf(text, ":", from);
      const name = strSlice(text, from, at);
      list.entries[list.entries.length] = new Entry(name, strLower(name), strSlice(text, at + 1, end));
      from = end + 1;
    }
    return list;
  }

  // fromPairs takes pairs from Go as they are, unchecked.
  function fromPairs(given) {
    const list = new HeaderList();
    for (let i = 0; i < given.length; i++) {
      list.entries[i] = new Entry(given[i][0], strLower(given[i][0]), given[i][1]);
    }
    return list;
  }

  return {
    __proto__: null, Headers, HeaderList, fill, append, set, get, wrap, pairs, fromPairs, fromLines, sorted, copyInto,
    has: HeadersSlot.has, list: HeadersSlot.list,
  };
});

function isSpaceCode(c) {
  return c === 32 || c === 9 || c === 10 || c === 13;
}

function isTokenCode(c) {
  if ((c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 94 && c <= 122)) return true;
  return c === 33 || (c >= 35 && c <= 39) || c === 42 || c === 43 || c === 45 || c === 46 || c === 124 || c === 126;
}

// newHeaders makes Headers of pairs that the host has.
function newHeaders(pairs) {
  const h = headersClass();
  return h.wrap(h.fromPairs(pairs));
}
