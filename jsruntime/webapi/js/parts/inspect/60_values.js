// Writing a value: Node's util.inspect, with bounds. Nothing of the function's runs but
// proxies' traps, a getter of Symbol.toStringTag, and what an object has under
// Symbol.for("nodejs.util.inspect.custom").
const MAX_TOTAL = 128 * 1024; // characters of one text, about
const MAX_LEVELS = 200;
const customInspect = symbolFor("nodejs.util.inspect.custom");

function contextOf(options) {
  const given = (key, otherwise) => (isObject(options) && options[key] !== undefined ? options[key] : otherwise);
  const depth = given("depth", 2), items = given("items", 100), width = given("width", 80);
  return {
    __proto__: null,
    depth: depth === null ? MAX_LEVELS : min(+depth || 0, MAX_LEVELS),
    items: items === null ? BIG : max(0, min(+items || 0, BIG)),
    width: +width || 80,
    hidden: given("hidden", false) === true,
    custom: given("custom", true) === true,
    left: MAX_TOTAL, indent: 0, current: 0, seen: newList(), circular: newList(),
  };
}

function primitive(ctx, value) {
  switch (typeof value) {
    case "string": {
      const over = value.length - MAX_STRING;
      const rest = over > 0 ? `... ${over} more character${over > 1 ? "s" : ""}` : "";
      const text = over > 0 ? strSlice(value, 0, MAX_STRING) : value;
      if (text.length <= 16 || text.length <= ctx.width - ctx.indent - 4) return quote(text) + rest;
      const lines = linesOf(text);
      let out = "";
      for (let i = 0; i < lines.length; i++) {
        const last = i === lines.length - 1;
        if (last && lines[i] === "" && i > 0) break;
        out += (i === 0 ? "" : ` +\n${strRepeat(" ", ctx.indent + 2)}`) + quote(last ? lines[i] : lines[i] + "\n");
      }
      return out + rest;
    }
    case "number": return numberText(value);
    case "bigint": return `${value}n`;
    case "symbol": return symbolToString(value);
    default: return `${value}`;
  }
}

function valueText(ctx, value, depth) {
  if (ctx.left <= 0) return "...";
  if (!isObject(value)) {
    const text = primitive(ctx, value);
    ctx.left -= text.length;
    return text;
  }
  if (ctx.custom) {
    const made = customText(ctx, value, depth);
    if (made !== undefined) return made;
  }
  if (includes(ctx.seen, value)) {
    let n = 0;
    while (n < ctx.circular.length && ctx.circular[n] !== value) n++;
    ctx.circular[n] = value;
    return `[Circular *${n + 1}]`;
  }
  ctx.left -= 4;
  return objectText(ctx, value, depth);
}

// customText is what the object itself says that it is to be written as.
function customText(ctx, value, depth) {
  const method = value[customInspect];
  if (typeof method !== "function") return undefined;
  const made = dataOf(value, "constructor");
  if (typeof made === "function" && dataOf(made, "prototype") === value) return undefined;
  const options = { depth: ctx.depth, showHidden: ctx.hidden, maxArrayLength: ctx.items, breakLength: ctx.width, stylize: (text) => `${text}` };
  const got = apply(method, value, [ctx.depth - depth, options, (v, o) => inspectWith(v, nodeOptions(o))]);
  if (got === value) return undefined;
  const text = isObject(got) ? valueText(ctx, got, depth) : cut(`${StringCtor(got)}`, MAX_TOTAL);
  ctx.left -= text.length;
  return isObject(got) ? text : indented(text, strRepeat(" ", ctx.indent));
}

// property writes one of an object's; desc is known for items.
function property(ctx, value, depth, key, kind, desc) {
  const d = desc === undefined ? getOwnPropertyDescriptor(value, key) || { __proto__: null, value: value[key], enumerable: true } : desc;
  let text;
  if (d.value !== undefined) {
    ctx.indent += 2;
    text = valueText(ctx, d.value, depth);
    ctx.indent -= 2;
  } else if (d.get !== undefined) {
    text = d.set !== undefined ? "[Getter/Setter]" : "[Getter]";
  } else {
    text = d.set !== undefined ? "[Setter]" : "undefined";
  }
  if (kind === ITEM) return text;
  const name = keyText(key, d.enumerable !== false);
  ctx.left -= name.length + 2;
  return `${name}: ${text}`;
}

// shape is what objectText writes: braces, base before them, what stands within.
function shapeOf(base, open, close, kind, keys, items) {
  return { __proto__: null, base, open, close, kind, keys, items, whole: false };
}

// wholeShape is one that has no braces where there are no properties.
function wholeShape(base, keys, nested) {
  const s = shapeOf(base, "{", "}", OBJECT, keys, undefined);
  s.whole = keys.length === 0 || nested === true;
  return s;
}

function objectText(ctx, value, depth) {
  const name = constructorName(value, ctx, depth);
  const tag = tagOf(value);
  const s = shape(ctx, value, depth, name, tag);
  if (typeof s === "string") return s;
  if (s.whole) return s.base;
  if (depth > ctx.depth) {
    const shown = strSlice(isArray(value) ? prefixOf(name, tag, "Array") : objectPrefix(value, name, tag), 0, -1);
    return `[${shown}]`;
  }
  ctx.seen[ctx.seen.length] = value;
  ctx.current = depth + 1;
  const { indent } = ctx;
  try {
    const output = s.items === undefined ? newList() : s.items(depth + 1);
    for (let i = 0; i < s.keys.length; i++) {
      if (ctx.left <= 0) {
        output[output.length] = "...";
        break;
      }
      output[output.length] = property(ctx, value, depth + 1, s.keys[i], OBJECT, undefined);
    }
    for (let n = 0; n < ctx.circular.length; n++) {
      if (ctx.circular[n] === value) s.base = s.base === "" ? `<ref *${n + 1}>` : `<ref *${n + 1}> ${s.base}`;
    }
    return joined(ctx, output, s.base, s.open, s.close, s.kind, depth + 1, value);
  } finally {
    ctx.seen.length--;
    ctx.indent = indent;
  }
}
