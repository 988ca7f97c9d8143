// What a value is called: the names of its constructor and of what it is, found without
// running anything of the function's but a proxy's traps.

// attempt returns what reading gives, or undefined where value is of another kind.
function attempt(read, value) {
  try {
    return read(value);
  } catch {
    return undefined;
  }
}

// dataOf reads a property that is no accessor.
function dataOf(object, key) {
  const d = getOwnPropertyDescriptor(object, key);
  return d === undefined ? undefined : d.value;
}

function functionName(f) {
  const name = dataOf(f, "name");
  return typeof name === "string" ? name : "";
}

function hasInChain(object, prototype) {
  for (let p = getPrototypeOf(object), i = 0; p !== null && i < 1000; p = getPrototypeOf(p), i++) if (p === prototype) return true;
  return false;
}

// constructorName is null where there is none, since the prototype is null.
function constructorName(value, ctx, depth) {
  let first;
  for (let object = value, i = 0; object !== null && i < 1000; i++) {
    const made = dataOf(object, "constructor");
    if (typeof made === "function" && functionName(made) !== "") {
      const { prototype } = { __proto__: null, prototype: dataOf(made, "prototype") };
      if (isObject(prototype) && hasInChain(value, prototype)) return functionName(made);
    }
    object = getPrototypeOf(object);
    if (first === undefined) first = object;
  }
  if (first === null || first === undefined) return null;
  const known = fallbackName(value);
  if (depth > ctx.depth) return `${known} <Complex prototype>`;
  const above = constructorName(first, ctx, depth + 1);
  if (above !== null) return `${known} <${above}>`;
  return `${known} <${inspectWith(first, { __proto__: null, depth: -1, custom: false })}>`;
}

// fallbackName is the engine's word for a value without a constructor.
function fallbackName(value) {
  const tag = attempt(objectToString, value);
  return typeof tag === "string" ? strSlice(tag, 8, -1) : "Object";
}

// tagOf is the value's Symbol.toStringTag, where it says something; of a view the engine's.
function tagOf(value) {
  if (isView(value)) return typedName(value) || "";
  let tag;
  try {
    tag = value[symbolToStringTag];
  } catch {
    return "";
  }
  if (typeof tag !== "string" || tag === "") return "";
  return isEnumerable(value, symbolToStringTag) ? "" : tag;
}

// prefixOf is what stands before a brace.
function prefixOf(name, tag, fallback, size = "") {
  if (name === null) {
    return `[${fallback}${size}: null prototype] ` + (tag !== "" && fallback !== tag ? `[${tag}] ` : "");
  }
  let out = `${name}${size} `;
  if (tag !== "") {
    const at = strIndexOf(name, tag);
    if (at < 0) {
      out += `[${tag}] `;
    } else {
      const end = at + tag.length;
      if (end !== name.length && name[end] === strLower(name[end])) out += `[${tag}] `;
    }
  }
  return out;
}

// objectPrefix is prefixOf for what is a mere object.
function objectPrefix(value, name, tag) {
  let fallback = "";
  if (name === null) {
    fallback = fallbackName(value);
    if (fallback === tag) fallback = "Object";
  }
  return prefixOf(name, tag, fallback);
}

const AsyncPrototype = getPrototypeOf(async function () {});
const GeneratorPrototype = getPrototypeOf(function* () {});
const AsyncGeneratorPrototype = getPrototypeOf(async function* () {});

function functionText(f, name, tag) {
  const source = functionToString(f);
  if (strSlice(source, 0, 5) === "class" && source[source.length - 1] === "}") return classText(f, name, tag);
  let type = "Function";
  if (hasInChain(f, AsyncGeneratorPrototype)) type = "AsyncGeneratorFunction";
  else if (hasInChain(f, GeneratorPrototype)) type = "GeneratorFunction";
  else if (hasInChain(f, AsyncPrototype)) type = "AsyncFunction";
  const known = functionName(f);
  let out = `[${type}${name === null ? " (null prototype)" : ""}${known === "" ? " (anonymous)" : ": " + known}]`;
  if (name !== type && name !== null) out += ` ${name}`;
  if (tag !== "" && name !== tag) out += ` [${tag}]`;
  return out;
}

function classText(f, name, tag) {
  let out = `class ${functionName(f) || "(anonymous)"}`;
  if (name !== "Function" && name !== null) out += ` [${name}]`;
  if (tag !== "" && name !== tag) out += ` [${tag}]`;
  if (name === null) return `[${out} extends [null prototype]]`;
  const above = getPrototypeOf(f);
  const known = isObject(above) ? functionName(above) : "";
  return `[${out}${known === "" ? "" : " extends " + known}]`;
}
