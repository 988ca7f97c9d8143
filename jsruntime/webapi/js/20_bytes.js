// What bytes a value holds.

// bytesOf returns a Uint8Array over the memory of an ArrayBuffer or a view, or
// undefined for anything else.
function bytesOf(value) {
  if (!isObject(value)) return undefined;
  if (isView(value)) {
    const name = typedName(value);
    if (name === "Uint8Array") return value;
    if (name === undefined) return new U8(viewBuffer(value), viewByteOffset(value), viewByteLength(value));
    return new U8(typedBuffer(value), typedByteOffset(value), typedByteLength(value));
  }
  return isBuffer(value) ? new U8(value) : undefined;
}

function isArrayBuffer(value) {
  try {
    bufferLength(value);
    return true;
  } catch {
    return false;
  }
}

// isBuffer reports whether value is an ArrayBuffer or a SharedArrayBuffer. The
// prototype is asked first, since finding out by an exception is dear.
function isBuffer(value) {
  const prototype = getPrototypeOf(value);
  if (prototype === ObjectPrototype || prototype === ArrayPrototype || prototype === null) return false;
  if (isArrayBuffer(value)) return true;
  if (sharedLength === undefined) return false;
  try {
    sharedLength(value);
    return true;
  } catch {
    return false;
  }
}
