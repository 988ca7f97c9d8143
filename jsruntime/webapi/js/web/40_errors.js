// What an error is called, for the host's answers and logs.
const MAX_CAUSES = 8;
const MAX_STACK = 32 * 1024;

// isErrorLike reports whether value is an error, or has the looks of one.
function isErrorLike(value) {
  if (!isObject(value)) return false;
  try {
    if (nativeIsError !== undefined && nativeIsError(value)) return true;
    const dom = domException(true);
    if (dom !== undefined && dom.has(value)) return true;
    for (let p = getPrototypeOf(value), i = 0; p !== null && i < 64; p = getPrototypeOf(p), i++) {
      if (p === ErrorPrototype) return true;
    }
  } catch {
    // a proxy's doing
  }
  return false;
}

// textOf reads a property as a string; "" where it cannot be had.
function textOf(object, key) {
  try {
    const dom = domException(true);
    const value = dom !== undefined && dom.has(object) ? dom.text(object, key) : object[key];
    if (value === undefined) return "";
    return typeof value === "string" ? value : isObject(value) ? "" : StringCtor(value);
  } catch {
    return "";
  }
}

function cut(text, n) {
  return text.length > n ? strSlice(text, 0, n) + "..." : text;
}

// describeError names anything that was thrown: {name, message, stack}, strings. The
// stack goes on with what caused the error.
function describeError(error) {
  const out = { __proto__: null, name: "", message: "", stack: "" };
  try {
    if (!isErrorLike(error)) {
      if (isObject(error) && typeof error.message === "string" && typeof error.stack === "string") {
        // An error made without class Error.
      } else {
        out.message = cut(typeof error === "string" ? error : inspect(error), MAX_STACK);
        return out;
      }
    }
    out.name = cut(textOf(error, "name") || "Error", 256);
    out.message = cut(textOf(error, "message"), MAX_STACK);
    const seen = newList();
    out.stack = cut(stackOf(error, seen), 2 * MAX_STACK);
  } catch {
    if (out.name === "" && out.message === "") out.message = "an error that cannot be described";
  }
  return out;
}

// stackText is an error's stack, which begins with its name and message; these alone where
// it has none.
function stackText(error) {
  let text = cut(textOf(error, "stack"), MAX_STACK);
  const bare = framesOnly && strIndexOf(text, "    at ") === 0;
  if (text === "" || bare) {
    const message = cut(textOf(error, "message"), MAX_STACK);
    const name = textOf(error, "name") || "Error";
    const head = message === "" ? name : `${name}: ${message}`;
    text = bare ? head + "\n" + strSlice(text, 0, charCodeAt(text, text.length - 1) === 10 ? text.length - 1 : text.length) : head;
  }
  return text;
}

function stackOf(error, seen) {
  seen[seen.length] = error;
  let text = stackText(error);
  const errors = ownValue(error, "errors");
  if (isArray(errors)) {
    for (let i = 0; i < errors.length && i < MAX_CAUSES; i++) text += related("Contains", ownValue(errors, i), seen);
  }
  if (hasOwn(error, "cause")) text += related("Caused by", ownValue(error, "cause"), seen);
  return text;
}

function ownValue(object, key) {
  const d = getOwnPropertyDescriptor(object, key);
  return d === undefined ? undefined : d.value;
}

function related(how, error, seen) {
  for (let i = 0; i < seen.length; i++) if (seen[i] === error) return `\n${how}: [Circular]`;
  if (seen.length >= MAX_CAUSES) return `\n${how}: ...`;
  return `\n${how}: ` + (isErrorLike(error) ? stackOf(error, seen) : typeof error === "string" ? error : inspect(error, 1));
}

function timeoutError(message) {
  return newDOMException(message, "TimeoutError");
}

function abortError(message) {
  return newDOMException(message, "AbortError");
}
