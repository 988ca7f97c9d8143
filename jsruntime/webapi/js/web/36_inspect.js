// inspect writes any value for people, much as Node does. Getters are named, not
// run; depth, items and length are bounded, so that a log line stays one.
const inspecting = once(() => {
  const MAX_ITEMS = 100;
  const MAX_TEXT = 10000;
  const WIDTH = 72;

  class Budget {
    left = 64 * 1024;
    depth;
    seen = newList();
    constructor(depth) {
      this.depth = depth;
    }
  }

  function quote(text) {
    const cut = text.length > MAX_TEXT ? `... ${text.length - MAX_TEXT} more characters` : "";
    const shown = cut === "" ? text : strSlice(text, 0, MAX_TEXT);
    const json = jsonStringify(shown);
    if (strIndexOf(shown, "'") >= 0) return json + cut;
    let out = "'";
    for (let i = 1; i < json.length - 1; i++) {
      const c = charCodeAt(json, i);
      if (c === 92 && charCodeAt(json, i + 1) === 34) continue;
      if (c === 92) {
        out += json[i];
        i++;
      }
      out += json[i];
    }
    return out + "'" + cut;
  }

  function primitive(v) {
    switch (typeof v) {
      case "string": return quote(v);
      case "bigint": return `${v}n`;
      case "symbol": return symbolToString(v);
      case "number": return v === 0 && 1 / v < 0 ? "-0" : `${v}`;
      default: return `${v}`;
    }
  }

  function isIdentifier(text) {
    if (text.length === 0) return false;
    for (let i = 0; i < text.length; i++) {
      const c = charCodeAt(text, i);
      if ((c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95 || c === 36 || (i > 0 && c >= 48 && c <= 57)) continue;
      return false;
    }
    return true;
  }

  function keyText(key) {
    if (typeof key === "symbol") return `[${symbolToString(key)}]`;
    return isIdentifier(key) ? key : quote(key);
  }

  // className finds the name of the constructor without running anything of the
  // value's but proxy traps.
  function className(v) {
    for (let p = v, i = 0; p !== null && i < 16; p = getPrototypeOf(p), i++) {
      const d = getOwnPropertyDescriptor(p, "constructor");
      if (d === undefined || typeof d.value !== "function") continue;
      const n = getOwnPropertyDescriptor(d.value, "name");
      if (n !== undefined && typeof n.value === "string" && n.value !== "") return n.value;
    }
    return "";
  }

  function functionText(f) {
    const d = getOwnPropertyDescriptor(f, "name");
    const name = d !== undefined && typeof d.value === "string" ? d.value : "";
    const source = strSlice(functionToString(f), 0, 6);
    const kind = source === "class " || source === "class{" ? "class" : "Function";
    return name === "" ? `[${kind} (anonymous)]` : `[${kind}${kind === "class" ? " " : ": "}${name}]`;
  }

  function attempt(read, v) {
    try {
      return read(v);
    } catch {
      return undefined;
    }
  }

  // properties lists own enumerable properties past the first skip indices.
  function properties(v, budget, parts, skip) {
    const keys = ownKeys(v);
    let shown = 0;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (skip && typeof key === "string" && isIndex(key)) continue;
      const d = getOwnPropertyDescriptor(v, key);
      if (d === undefined || !d.enumerable) continue;
      if (shown++ >= MAX_ITEMS) {
        parts[parts.length] = `... more properties`;
        return;
      }
      let text;
      if ("value" in d) text = write(d.value, budget);
      else text = d.get !== undefined ? (d.set !== undefined ? "[Getter/Setter]" : "[Getter]") : "[Setter]";
      parts[parts.length] = `${keyText(key)}: ${text}`;
    }
  }

  function isIndex(key) {
    for (let i = 0; i < key.length; i++) {
      const c = charCodeAt(key, i);
      if (c < 48 || c > 57) return false;
    }
    return key.length > 0;
  }

  function more(parts, n) {
    if (n > MAX_ITEMS) parts[parts.length] = `... ${n - MAX_ITEMS} more item${n === MAX_ITEMS + 1 ? "" : "s"}`;
  }

  function join(prefix, open, parts, close) {
    const head = prefix === "" ? "" : prefix + " ";
    if (parts.length === 0) return head + open + close;
    let total = head.length;
    let lines = false;
    for (let i = 0; i < parts.length; i++) {
      total += parts[i].length + 2;
      if (strIndexOf(parts[i], "\n") >= 0) lines = true;
    }
    if (!lines && total <= WIDTH) return `${head}${open} ${arrayJoin(parts, ", ")} ${close}`;
    let out = head + open;
    for (let i = 0; i < parts.length; i++) out += (i === 0 ? "\n  " : ",\n  ") + indent(parts[i]);
    return out + "\n" + close;
  }

  function indent(text) {
    let out = "";
    let from = 0;
    for (let at = strIndexOf(text, "\n"); at >= 0; at = strIndexOf(text, "\n", from)) {
      out += strSlice(text, from, at + 1) + "  ";
      from = at + 1;
    }
    return out + strSlice(text, from);
  }

  function list(v, n, prefix, budget) {
    const parts = newList();
    for (let i = 0; i < n && i < MAX_ITEMS; i++) {
      const d = getOwnPropertyDescriptor(v, i);
      parts[parts.length] = d === undefined ? "<empty>" : "value" in d ? write(d.value, budget) : "[Getter]";
    }
    more(parts, n);
    if (n <= MAX_ITEMS) properties(v, budget, parts, true);
    return join(prefix, "[", parts, "]");
  }

  function entries(v, budget, prefix) {
    const parts = newList();
    let n = 0;
    const each = setSize !== undefined && prefix.set ? setForEach : mapForEach;
    each(v, (value, key) => {
      if (n++ >= MAX_ITEMS) return;
      parts[parts.length] = prefix.set ? write(value, budget) : `${write(key, budget)} => ${write(value, budget)}`;
    });
    more(parts, n);
    properties(v, budget, parts, false);
    return join(`${prefix.name}(${n})`, "{", parts, "}");
  }

  function errorText(v, budget) {
    const d = describeError(v);
    const parts = newList();
    properties(v, budget, parts, false);
    const head = d.stack !== "" ? d.stack : `[${d.name}${d.message === "" ? "" : ": " + d.message}]`;
    return parts.length === 0 ? head : join(head, "{", parts, "}");
  }

  function byTag(v, budget, name) {
    switch (objectToString(v)) {
      case "[object Map]":
        if (attempt(mapSize, v) !== undefined) return entries(v, budget, { __proto__: null, name: name || "Map", set: false });
        break;
      case "[object Set]":
        if (attempt(setSize, v) !== undefined) return entries(v, budget, { __proto__: null, name: name || "Set", set: true });
        break;
      case "[object Date]": {
        const t = attempt(dateGetTime, v);
        if (t !== undefined) return t === t ? dateToISO(v) : "Invalid Date";
        break;
      }
      case "[object RegExp]": {
        const source = attempt(regexpSource, v);
        const flags = attempt(regexpFlags, v);
        if (source !== undefined && typeof flags === "string") return `/${source}/${flags}`;
        break;
      }
      case "[object ArrayBuffer]": {
        const n = attempt(bufferLength, v);
        if (n !== undefined) return `ArrayBuffer { byteLength: ${n} }`;
        break;
      }
      case "[object Boolean]": case "[object Number]": case "[object String]": {
        const read = attempt(booleanValueOf, v) !== undefined ? booleanValueOf
          : attempt(numberValueOf, v) !== undefined ? numberValueOf : stringValueOf;
        const inner = attempt(read, v);
        if (inner !== undefined) return `[${name}: ${primitive(inner)}]`;
        break;
      }
      case "[object Promise]":
        return "Promise {}";
      default:
    }
    return undefined;
  }

  function object(v, budget) {
    if (typeof v === "function") return functionText(v);
    if (isErrorLike(v)) return errorText(v, budget);
    const name = className(v);
    if (isArray(v)) return list(v, v.length, name === "Array" ? "" : `${name}(${v.length})`, budget);
    if (isView(v)) {
      if (typedName(v) !== undefined) return list(v, typedLength(v), `${name}(${typedLength(v)})`, budget);
      return `DataView { byteLength: ${viewByteLength(v)} }`;
    }
    const prototype = getPrototypeOf(v);
    if (prototype !== ObjectPrototype && prototype !== null) {
      const special = platformText(v, (x) => write(x, budget));
      if (special !== undefined) return special;
      const known = byTag(v, budget, name);
      if (known !== undefined) return known;
    }
    const parts = newList();
    properties(v, budget, parts, false);
    const prefix = prototype === null ? "[Object: null prototype]" : name === "Object" ? "" : name;
    return join(prefix, "{", parts, "}");
  }

  function write(v, budget) {
    if (budget.left <= 0) return "...";
    if (!isObject(v)) {
      const text = primitive(v);
      budget.left -= text.length;
      return text;
    }
    for (let i = 0; i < budget.seen.length; i++) if (budget.seen[i] === v) return "[Circular]";
    if (budget.seen.length > budget.depth && typeof v !== "function") {
      return isArray(v) ? "[Array]" : `[${className(v) || "Object"}]`;
    }
    budget.seen[budget.seen.length] = v;
    try {
      const text = object(v, budget);
      budget.left -= text.length;
      return text;
    } finally {
      budget.seen.length--;
    }
  }

  return (value, depth) => {
    try {
      return write(value, new Budget(depth));
    } catch (e) {
      return `[${typeof value} that cannot be shown: ${describeError(e).message}]`;
    }
  };
});

function inspect(value, depth = 2) {
  return inspecting()(value, depth);
}
