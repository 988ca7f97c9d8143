// inspect and format, as util.inspect and util.format are.

function inspectWith(value, options) {
  try {
    return valueText(contextOf(options), value, 0);
  } catch (e) {
    return `[${typeof value} that cannot be shown: ${describeError(e).message}]`;
  }
}

// nodeOptions are the host's words for the options of util.inspect.
function nodeOptions(o) {
  if (!isObject(o)) return undefined;
  return {
    __proto__: null, depth: o.depth, items: o.maxArrayLength, width: o.breakLength, hidden: o.showHidden === true,
    custom: o.customInspect !== false,
  };
}

// ownText is what String gives, where the value has a toString that is no built-in one.
function ownText(value) {
  let at = value;
  for (let i = 0; at !== null && i < 1000; i++) {
    if (hasOwn(at, "toString")) break;
    at = getPrototypeOf(at);
  }
  if (at === null || at === value && typeof value.toString !== "function") return undefined;
  const made = at === value ? undefined : dataOf(at, "constructor");
  if (typeof made === "function" && strIndexOf(functionToString(made), "[native code]") >= 0) return undefined;
  return StringCtor(value);
}

function stringArgument(v) {
  switch (typeof v) {
    case "number": return numberText(v);
    case "bigint": return `${v}n`;
    case "object":
      if (v === null) return "null";
      try {
        const text = isErrorLike(v) ? undefined : ownText(v);
        if (text !== undefined) return text;
      } catch {
        // then it is shown as it is
      }
      return inspectWith(v, { __proto__: null, depth: 0 });
    default: return StringCtor(v);
  }
}

function numberArgument(kind, v) {
  if (typeof v === "bigint" && kind !== "f") return `${v}n`;
  if (typeof v === "symbol") return "NaN";
  try {
    return numberText(kind === "d" ? NumberCtor(v) : kind === "i" ? parseInteger(v) : parseFloatNumber(v));
  } catch {
    return "NaN";
  }
}

function jsonArgument(v) {
  try {
    return `${jsonStringify(v)}`;
  } catch (e) {
    if (isErrorLike(e) && strIndexOf(textOf(e, "message"), "circular") >= 0) return "[Circular]";
    return `[${describeError(e).message}]`;
  }
}

function specifier(kind, v) {
  switch (kind) {
    case "s": return stringArgument(v);
    case "d": case "i": case "f": return numberArgument(kind, v);
    case "j": return jsonArgument(v);
    case "o": return inspectWith(v, { __proto__: null, hidden: true, depth: 4 });
    case "O": return inspectWith(v, undefined);
    case "c": return "";
    default: return undefined;
  }
}

// format makes one text of console arguments, a list or an array.
function format(args) {
  let out = "";
  let next = 0;
  if (args.length > 0 && typeof args[0] === "string") {
    const text = args[0];
    let from = 0;
    next = 1;
    for (let at = strIndexOf(text, "%"); args.length > 1 && at >= 0 && at + 1 < text.length; at = strIndexOf(text, "%", at + 2)) {
      const kind = text[at + 1];
      if (kind === "%") {
        out += strSlice(text, from, at + 1);
        from = at + 2;
        continue;
      }
      const made = next < args.length ? specifier(kind, args[next]) : undefined;
      if (made === undefined) {
        at--; // what follows the sign may be another one
        continue;
      }
      out += strSlice(text, from, at) + made;
      from = at + 2;
      next++;
    }
    out += strSlice(text, from);
  }
  for (let i = next; i < args.length; i++) {
    const v = args[i];
    out += (i === 0 ? "" : " ") + (typeof v === "string" ? v : inspectWith(v, undefined));
  }
  return out;
}
