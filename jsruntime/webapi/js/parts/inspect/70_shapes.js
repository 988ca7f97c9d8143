// shape decides what an object is shown as.

function shape(ctx, value, depth, name, tag) {
  if (isArray(value)) {
    const prefix = name !== "Array" || tag !== "" ? prefixOf(name, tag, "Array", `(${value.length})`) : "";
    const keys = otherKeys(ctx, value, value.length);
    if (value.length === 0 && keys.length === 0) return `${prefix}[]`;
    return shapeOf("", `${prefix}[`, "]", ARRAY, keys, (at) => arrayItems(ctx, value, at));
  }
  if (isView(value)) return viewShape(ctx, value, name, tag);
  if (typeof value === "function") {
    return wholeShape(functionText(value, name, tag), keysOf(ctx, value, false));
  }
  const prototype = getPrototypeOf(value);
  if (prototype !== ObjectPrototype) {
    const ours = prototype === null ? undefined : platformText(value, (v) => valueText(ctx, v, depth + 1));
    if (ours !== undefined) return ours;
    if (isErrorLike(value)) {
      const keys = keysOf(ctx, value, false);
      return wholeShape(errorText(ctx, value, name, tag, keys), keys);
    }
    const known = branded(ctx, value, depth, name, tag);
    if (known !== undefined) return known;
  }
  return plainShape(ctx, value, name, tag);
}

function plainShape(ctx, value, name, tag) {
  const keys = keysOf(ctx, value, false);
  let open = "{";
  if (name !== "Object") open = `${objectPrefix(value, name, tag)}{`;
  else if (attempt(objectToString, value) === "[object Arguments]") open = "[Arguments] {";
  else if (tag !== "") open = `${prefixOf(name, tag, "Object")}{`;
  return keys.length === 0 ? `${open}}` : shapeOf("", open, "}", OBJECT, keys, undefined);
}

function viewShape(ctx, value, name, tag) {
  const kind = typedName(value);
  if (kind === undefined) {
    return shapeOf("", `${prefixOf(name, tag, "DataView")}{`, "}", OBJECT, keysOf(ctx, value, false), (at) => {
      const out = newList();
      ctx.indent += 2;
      out[0] = `[byteLength]: ${viewByteLength(value)}`;
      out[1] = `[byteOffset]: ${viewByteOffset(value)}`;
      out[2] = `[buffer]: ${valueText(ctx, viewBuffer(value), at)}`;
      ctx.indent -= 2;
      return out;
    });
  }
  const length = typedLength(value);
  const keys = otherKeys(ctx, value, length);
  const open = `${prefixOf(name, tag, kind, `(${length})`)}[`;
  if (length === 0 && keys.length === 0) return `${open}]`;
  return shapeOf("", open, "]", ARRAY, keys, () => typedItems(ctx, value));
}

// tags are the engine's words for what it has a kind of its own for.
const tags = {
  __proto__: null, "[object Map]": 1, "[object Set]": 1, "[object Date]": 1, "[object RegExp]": 1, "[object ArrayBuffer]": 1,
  "[object SharedArrayBuffer]": 1, "[object Boolean]": 1, "[object Number]": 1, "[object String]": 1, "[object BigInt]": 1,
  "[object Symbol]": 1, "[object Promise]": 1, "[object WeakMap]": 1, "[object WeakSet]": 1,
};

// branded is the shape of what the engine keeps more of than properties.
function branded(ctx, value, depth, name, tag) {
  const word = attempt(objectToString, value);
  if (word === "[object Object]" && name !== null) return undefined; // an object of a class
  const other = tags[word] === undefined; // something hides behind another tag, maybe
  let size = attempt(mapSize, value);
  if (size !== undefined) {
    const open = `${prefixOf(name, tag, "Map", `(${size})`)}{`;
    const keys = keysOf(ctx, value, false);
    return size === 0 && keys.length === 0 ? `${open}}` : shapeOf("", open, "}", OBJECT, keys, (at) => mapItems(ctx, value, at, true, size));
  }
  size = attempt(setSize, value);
  if (size !== undefined) {
    const open = `${prefixOf(name, tag, "Set", `(${size})`)}{`;
    const keys = keysOf(ctx, value, false);
    return size === 0 && keys.length === 0 ? `${open}}` : shapeOf("", open, "}", OBJECT, keys, (at) => mapItems(ctx, value, at, false, size));
  }
  if (word === "[object Date]" || other) {
    const time = attempt(dateGetTime, value);
    if (time !== undefined) return dateShape(ctx, value, time, name, tag);
  }
  if (word === "[object RegExp]") {
    const source = attempt(regexpSource, value), flags = attempt(regexpFlags, value);
    if (source !== undefined && typeof flags === "string") {
      const prefix = prefixOf(name, tag, "RegExp");
      return wholeShape(`${prefix === "RegExp " ? "" : prefix}/${source}/${flags}`, keysOf(ctx, value, false), depth > ctx.depth);
    }
  }
  const length = attempt(bufferLength, value);
  if (length !== undefined) return bufferShape(ctx, value, length, prefixOf(name, tag, "ArrayBuffer"));
  if (sharedSize(value) !== undefined) return bufferShape(ctx, value, sharedSize(value), prefixOf(name, tag, "SharedArrayBuffer"));
  if (other && name !== null) return undefined;
  return lastShape(ctx, value, word, name, tag);
}

function lastShape(ctx, value, word, name, tag) {
  const keys = keysOf(ctx, value, false);
  const boxed = boxedText(value, name, tag, keys);
  if (boxed !== undefined) return wholeShape(boxed, keys);
  if (word === "[object WeakMap]" || word === "[object WeakSet]") {
    const kind = strSlice(word, 8, -1);
    return shapeOf("", `${prefixOf(name, tag, kind)}{`, "}", OBJECT, keys, () => toList("<items unknown>"));
  }
  return undefined;
}

function toList(text) {
  const list = newList();
  list[0] = text;
  return list;
}

function dateShape(ctx, value, time, name, tag) {
  const text = time === time ? dateToISO(value) : "Invalid Date";
  const prefix = prefixOf(name, tag, "Date");
  return wholeShape(`${prefix === "Date " ? "" : prefix}${text}`, keysOf(ctx, value, false));
}

function bufferShape(ctx, value, length, prefix) {
  const keys = keysOf(ctx, value, false);
  const detached = length === 0 && attempt(bufferDetached, value) === true;
  return shapeOf("", `${prefix}{`, "}", OBJECT, keys, () => bufferItems(ctx, value, length, detached));
}
