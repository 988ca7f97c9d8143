// URLSearchParams: a list of pairs, parsed and written here.
const searchParams = once(() => {
  class ParamsState {
    list = newList();
    url = null; // the state of the URL that it belongs to
  }

  class ParamsSlot extends Slot {
    #s;
    constructor(object, state) {
      super(object);
      this.#s = state;
    }
    static has(o) {
      return isObject(o) && #s in o;
    }
    static state(o) {
      if (!ParamsSlot.has(o)) throw illegalInvocation();
      return o.#s;
    }
  }

  const iterator = makeIterator("URLSearchParams Iterator", (o, i) => {
    const list = ParamsSlot.state(o).list;
    return i < list.length ? list[i] : undefined;
  });

  class URLSearchParams {
    constructor(init = "") {
      const s = new ParamsState();
      if (isObject(init)) {
        const pairs = pairsFrom(init, "URLSearchParams");
        let same = false; // names of a record that differ may have become the same: the last counts
        for (let i = 0; i < pairs.length; i++) {
          const name = wellFormed(pairs[i][0]);
          same = same || (pairs.record === true && name !== pairs[i][0]);
          const at = same ? find(s.list, name) : -1;
          if (at < 0) add(s.list, name, wellFormed(pairs[i][1]));
          else s.list[at] = pair(name, wellFormed(pairs[i][1]));
        }
      } else {
        const text = wellFormed(`${init}`);
        s.list = parse(text.length > 0 && charCodeAt(text, 0) === 63 ? strSlice(text, 1) : text);
      }
      new ParamsSlot(this, s);
    }
    get size() { return ParamsSlot.state(this).list.length; }
    append(name, value) {
      const s = ParamsSlot.state(this);
      need(arguments.length, 2, "append");
      add(s.list, wellFormed(`${name}`), wellFormed(`${value}`));
      changed(s);
    }
    delete(name, value = undefined) {
      const s = ParamsSlot.state(this);
      need(arguments.length, 1, "delete");
      const n = wellFormed(`${name}`);
      const v = value === undefined ? undefined : wellFormed(`${value}`);
      for (let i = s.list.length - 1; i >= 0; i--) {
        if (s.list[i][0] === n && (v === undefined || s.list[i][1] === v)) removeAt(s.list, i);
      }
      changed(s);
    }
    get(name) {
      const s = ParamsSlot.state(this);
      need(arguments.length, 1, "get");
      const n = wellFormed(`${name}`);
      for (let i = 0; i < s.list.length; i++) if (s.list[i][0] === n) return s.list[i][1];
      return null;
    }
    getAll(name) {
      const s = ParamsSlot.state(this);
      need(arguments.length, 1, "getAll");
      const n = wellFormed(`${name}`);
      const out = newList();
      for (let i = 0; i < s.list.length; i++) if (s.list[i][0] === n) out[out.length] = s.list[i][1];
      return toArray(out);
    }
    has(name, value = undefined) {
      const s = ParamsSlot.state(this);
      need(arguments.length, 1, "has");
      const n = wellFormed(`${name}`);
      const v = value === undefined ? undefined : wellFormed(`${value}`);
      for (let i = 0; i < s.list.length; i++) {
        if (s.list[i][0] === n && (v === undefined || s.list[i][1] === v)) return true;
      }
      return false;
    }
    set(name, value) {
      const s = ParamsSlot.state(this);
      need(arguments.length, 2, "set");
      const n = wellFormed(`${name}`);
      const v = wellFormed(`${value}`);
      let found = false;
      for (let i = 0; i < s.list.length; i++) {
        if (s.list[i][0] !== n) continue;
        if (found) {
          removeAt(s.list, i--);
        } else {
          s.list[i] = pair(n, v);
          found = true;
        }
      }
      if (!found) add(s.list, n, v);
      changed(s);
    }
    sort() {
      const s = ParamsSlot.state(this);
      arraySort(s.list, (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      changed(s);
    }
    toString() { return serialize(ParamsSlot.state(this).list); }
    forEach(callback, thisArg = undefined) {
      const s = ParamsSlot.state(this);
      need(arguments.length, 1, "forEach");
      if (typeof callback !== "function") throw new TypeErrorCtor("forEach: the callback must be a function");
      for (let i = 0; i < s.list.length; i++) apply(callback, thisArg, [s.list[i][1], s.list[i][0], this]);
    }
    keys() { ParamsSlot.state(this); return iterator(this, "keys"); }
    values() { ParamsSlot.state(this); return iterator(this, "values"); }
    entries() { ParamsSlot.state(this); return iterator(this, "entries"); }
  }
  const prototype = URLSearchParams.prototype;
  webClass(URLSearchParams, "URLSearchParams");
  defineHidden(prototype, symbolIterator, prototype.entries);

  function pair(name, value) {
    const p = newList();
    p[0] = name;
    p[1] = value;
    return p;
  }

  function add(list, name, value) {
    list[list.length] = pair(name, value);
  }

  function find(list, name) {
    for (let i = 0; i < list.length; i++) if (list[i][0] === name) return i;
    return -1;
  }

  function changed(s) {
    if (s.url !== null) s.url.replaceQuery(serialize(s.list));
  }

  // ofURL makes the URLSearchParams of a URL.
  function ofURL(url, query) {
    const s = new ParamsState();
    s.url = url;
    s.list = parse(query);
    return new ParamsSlot(objectCreate(prototype), s);
  }

  // reparse follows a change of the URL.
  function reparse(params, query) {
    ParamsSlot.state(params).list = parse(query);
  }

  function parse(text) {
    const list = newList();
    let from = 0;
    while (from <= text.length) {
      let end = strIndexOf(text, "&", from);
      if (end < 0) end = text.length;
      if (end > from) {
        const part = strSlice(text, from, end);
        const eq = strIndexOf(part, "=");
        add(list, decode(eq < 0 ? part : strSlice(part, 0, eq)), eq < 0 ? "" : decode(strSlice(part, eq + 1)));
      }
      from = end + 1;
    }
    return list;
  }

  function hex(c) {
    return c >= 48 && c <= 57 ? c - 48 : c >= 65 && c <= 70 ? c - 55 : c >= 97 && c <= 102 ? c - 87 : -1;
  }

  function decode(text) {
    if (strIndexOf(text, "%") < 0 && strIndexOf(text, "+") < 0) return text;
    const bytes = utf8Encode(text);
    const n = typedLength(bytes);
    let at = 0;
    for (let i = 0; i < n; i++) {
      let b = bytes[i];
      if (b === 43) b = 32;
      if (b === 37 && i + 2 < n) {
        const h = hex(bytes[i + 1]);
        const l = hex(bytes[i + 2]);
        if (h >= 0 && l >= 0) {
          b = h * 16 + l;
          i += 2;
        }
      }
      bytes[at++] = b;
    }
    return utf8Decode(new U8(typedBuffer(bytes), typedByteOffset(bytes), at));
  }

  function encode(text) {
    const bytes = utf8Encode(text);
    const n = typedLength(bytes);
    let out = "";
    for (let i = 0; i < n; i++) {
      const b = bytes[i];
      if ((b >= 48 && b <= 57) || (b >= 65 && b <= 90) || (b >= 97 && b <= 122) || b === 42 || b === 45 || b === 46 || b === 95) {
        out += fromCharCode(b);
      } else if (b === 32) {
        out += "+";
      } else {
        out += (b < 16 ? "%0" : "%") + strUpper(numberToString(b, 16));
      }
    }
    return out;
  }

  function serialize(list) {
    let out = "";
    for (let i = 0; i < list.length; i++) {
      out += (i === 0 ? "" : "&") + encode(list[i][0]) + "=" + encode(list[i][1]);
    }
    return out;
  }

  return { __proto__: null, URLSearchParams, ofURL, reparse, decoded: parse, has: ParamsSlot.has, text: (o) => serialize(ParamsSlot.state(o).list) };
});
