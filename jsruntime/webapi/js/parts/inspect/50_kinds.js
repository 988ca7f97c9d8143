// What each kind of object is written as: kindOf finds it, and what is shown of it.
const BIG = 10000; // items of an array whose other properties are not looked for

function moreItems(n) {
  return `... ${n} more item${n > 1 ? "s" : ""}`;
}

function numberText(n) {
  return n === 0 && 1 / n < 0 ? "-0" : `${n}`;
}

// keysOf are the properties that are shown; of an array those that are no items.
function keysOf(ctx, value, items) {
  const all = ownKeys(value);
  const keys = newList();
  for (let i = 0; i < all.length; i++) {
    const key = all[i];
    if (items && isIndex(key)) continue;
    if (ctx.hidden ? true : isEnumerable(value, key)) keys[keys.length] = key;
  }
  return keys;
}

function otherKeys(ctx, value, length) {
  return length > BIG ? newList() : keysOf(ctx, value, true);
}

function arrayItems(ctx, value, depth) {
  const out = newList();
  const { length } = value;
  const limit = min(ctx.items, length);
  let holes = 0;
  let i = 0;
  for (; i < length && out.length < limit && i < BIG * 10 && ctx.left > 0; i++) {
    const d = getOwnPropertyDescriptor(value, i);
    if (d === undefined) {
      holes++;
      continue;
    }
    if (holes > 0) {
      out[out.length] = `<${holes} empty item${holes > 1 ? "s" : ""}>`;
      holes = 0;
      if (out.length === limit) break;
    }
    out[out.length] = property(ctx, value, depth, i, ITEM, d);
  }
  const rest = length - i;
  if (holes > 0 && rest === 0) out[out.length] = `<${holes} empty item${holes > 1 ? "s" : ""}>`;
  else if (rest + holes > 0) out[out.length] = moreItems(rest + holes);
  return out;
}

function typedItems(ctx, value) {
  const out = newList();
  const length = typedLength(value);
  const limit = min(ctx.items, length);
  for (let i = 0; i < limit; i++) {
    const item = value[i];
    out[i] = typeof item === "bigint" ? `${item}n` : numberText(item);
  }
  if (length > limit) out[limit] = moreItems(length - limit);
  return out;
}

// collected are the first items of a map or a set, taken before any is written: writing
// one may run code that changes it.
function collected(each, value, limit) {
  const list = newList();
  each(value, (item, key) => {
    if (list.length < limit) list[list.length] = { __proto__: null, key, item };
  });
  return list;
}

function mapItems(ctx, value, depth, isMap, size) {
  const list = collected(isMap ? mapForEach : setForEach, value, ctx.items);
  const out = newList();
  ctx.indent += 2;
  for (let i = 0; i < list.length && ctx.left > 0; i++) {
    const { key, item } = list[i];
    out[i] = isMap ? `${valueText(ctx, key, depth)} => ${valueText(ctx, item, depth)}` : valueText(ctx, item, depth);
  }
  ctx.indent -= 2;
  if (size > out.length) out[out.length] = moreItems(size - out.length);
  return out;
}

function bufferItems(ctx, value, length, detached) {
  const out = newList();
  if (detached) {
    out[0] = "(detached)";
  } else {
    const bytes = new U8(value);
    let text = "";
    for (let i = 0; i < min(ctx.items, length); i++) text += (i === 0 ? "" : " ") + hex(bytes[i]);
    if (length > ctx.items) text += ` ... ${length - ctx.items} more byte${length - ctx.items > 1 ? "s" : ""}`;
    out[0] = `[Uint8Contents]: <${text}>`;
  }
  out[1] = `[byteLength]: ${length}`;
  return out;
}

function boxedText(value, name, tag, keys) {
  let type = "Number";
  let inner = attempt(numberValueOf, value);
  if (inner === undefined) {
    type = "String";
    inner = attempt(stringValueOf, value);
    if (inner !== undefined) for (let i = keys.length - 1; i >= 0; i--) if (isIndex(keys[i])) removeAt(keys, i);
  }
  if (inner === undefined) {
    type = "Boolean";
    inner = attempt(booleanValueOf, value);
  }
  if (inner === undefined) {
    type = "BigInt";
    inner = attempt(bigintValueOf, value);
  }
  if (inner === undefined) {
    type = "Symbol";
    inner = attempt(symbolValueOf, value);
  }
  if (inner === undefined) return undefined;
  const other = type === name ? "" : name === null ? " (null prototype)" : ` (${name})`;
  const shown = typeof inner === "string" ? quote(cut(inner, MAX_STRING)) : typeof inner === "symbol" ? symbolToString(inner)
    : typeof inner === "bigint" ? `${inner}n` : typeof inner === "number" ? numberText(inner) : `${inner}`;
  return `[${type}${other}: ${shown}]${tag !== "" && tag !== name ? ` [${tag}]` : ""}`;
}
