// Blob and File: bytes in memory, that nothing writes to.
class BlobSlot extends Slot {
  #bytes;
  #type;
  constructor(object, bytes, type) {
    super(object);
    this.#bytes = bytes;
    this.#type = type;
  }
  static has(o) {
    return isObject(o) && #bytes in o;
  }
  static bytes(o) {
    if (!BlobSlot.has(o)) throw illegalInvocation();
    return o.#bytes;
  }
  static type(o) {
    if (!BlobSlot.has(o)) throw illegalInvocation();
    return o.#type;
  }
}

class FileSlot extends Slot {
  #name;
  #modified;
  constructor(object, name, modified) {
    super(object);
    this.#name = name;
    this.#modified = modified;
  }
  static has(o) {
    return isObject(o) && #name in o;
  }
  static nameOf(o) {
    if (!FileSlot.has(o)) throw illegalInvocation();
    return o.#name;
  }
  static modified(o) {
    if (!FileSlot.has(o)) throw illegalInvocation();
    return o.#modified;
  }
}

// blobTypeOf is what becomes of a type that is given: "" where it has a character that no
// type has.
function blobTypeOf(type) {
  for (let i = 0; i < type.length; i++) {
    const c = charCodeAt(type, i);
    if (c < 0x20 || c > 0x7e) return "";
  }
  return strLower(type);
}

// native line endings are line feeds here.
function withLineFeeds(text) {
  let out = "";
  let from = 0;
  for (let at = strIndexOf(text, "\r"); at >= 0; at = strIndexOf(text, "\r", from)) {
    out += strSlice(text, from, at) + "\n";
    from = at + 1;
    if (from < text.length && charCodeAt(text, from) === 10) from++;
  }
  return out + strSlice(text, from);
}

// blobParts reads the first argument of the constructors.
function blobParts(where, parts, options) {
  const list = newList();
  let size = 0;
  let type = "";
  let native = false;
  const items = newList();
  if (parts !== undefined) {
    if (!isObject(parts)) throw new TypeErrorCtor(`${where}: the parts must be a sequence`);
    const method = parts[symbolIterator];
    if (typeof method !== "function") throw new TypeErrorCtor(`${where}: the parts must be a sequence`);
    iterate(parts, method, (part) => {
      items[items.length] = isObject(part) && (BlobSlot.has(part) || bytesOf(part) !== undefined) ? part : `${part}`;
    });
  }
  if (options !== undefined && options !== null) {
    if (!isObject(options)) throw new TypeErrorCtor(`${where}: options must be an object`);
    const endings = options.endings;
    if (endings !== undefined) {
      const text = `${endings}`;
      if (text !== "transparent" && text !== "native") throw new TypeErrorCtor(`${where}: endings must be transparent or native`);
      native = text === "native";
    }
    const given = options.type;
    if (given !== undefined) type = blobTypeOf(`${given}`);
  }
  for (let i = 0; i < items.length; i++) {
    const part = items[i];
    let bytes;
    if (typeof part === "string") bytes = utf8Encode(wellFormed(native ? withLineFeeds(part) : part));
    else if (BlobSlot.has(part)) bytes = BlobSlot.bytes(part);
    else bytes = copyBytes(bytesOf(part));
    list[list.length] = bytes;
    size += typedLength(bytes);
  }
  return { __proto__: null, bytes: size === 0 ? new U8(0) : concatBytes(list, size), type };
}

// clampIndex is what slice makes of an argument (Web IDL's [Clamp] long long): a half goes to
// its even neighbour.
function clampIndex(value, size) {
  const n = +value;
  const clamped = n === n ? max(-MAX_SAFE_INTEGER, min(n, MAX_SAFE_INTEGER)) : 0;
  let at = trunc(clamped);
  const rest = clamped - at;
  if (rest > 0.5 || (rest === 0.5 && at % 2 !== 0)) at++;
  else if (rest < -0.5 || (rest === -0.5 && at % 2 !== 0)) at--;
  return at < 0 ? max(size + at, 0) : min(at, size);
}

function part(bytes, from, to) {
  return new U8(typedBuffer(bytes), typedByteOffset(bytes) + from, max(to - from, 0));
}

class Blob {
  constructor(blobParts_ = undefined, options = undefined) {
    const made = blobParts("Blob", blobParts_, options);
    new BlobSlot(this, made.bytes, made.type);
  }
  get size() { return typedLength(BlobSlot.bytes(this)); }
  get type() { return BlobSlot.type(this); }
  slice(start = undefined, end = undefined, contentType = undefined) {
    const bytes = BlobSlot.bytes(this);
    const size = typedLength(bytes);
    const from = start === undefined ? 0 : clampIndex(start, size);
    const to = end === undefined ? size : clampIndex(end, size);
    return newBlob(part(bytes, from, to), contentType === undefined ? "" : blobTypeOf(`${contentType}`));
  }
  text() { return promised(this, utf8DecodeBOM); }
  arrayBuffer() { return promised(this, (bytes) => typedBuffer(copyBytes(bytes))); }
  bytes() { return promised(this, copyBytes); }
  stream() {
    const bytes = BlobSlot.bytes(this);
    const size = typedLength(bytes);
    let at = 0;
    return streams().newReadable({
      __proto__: null, type: "bytes",
      pull(controller) {
        if (at < size) {
          const to = min(at + CHUNK, size);
          controller.enqueue(copyBytes(part(bytes, at, to)));
          at = to;
          return;
        }
        controller.close();
        if (controller.byobRequest) controller.byobRequest.respond(0);
      },
    }, 0);
  }
}
webClass(Blob, "Blob");
const BlobPrototype = Blob.prototype;
const CHUNK = 65536;

function promised(blob, read) {
  return new PromiseCtor((resolve) => resolve(read(BlobSlot.bytes(blob))));
}

// utf8DecodeBOM is the UTF-8 decode of the Encoding Standard, which drops a byte order mark.
function utf8DecodeBOM(bytes) {
  const text = utf8Decode(bytes);
  return text.length > 0 && charCodeAt(text, 0) === 0xfeff ? strSlice(text, 1) : text;
}

function newBlob(bytes, type) {
  return new BlobSlot(objectCreate(BlobPrototype), bytes, type);
}

const dateNow = DateCtor.now;

class File extends Blob {
  constructor(fileBits, fileName, options = undefined) {
    need(arguments.length, 2, "File constructor");
    if (!isObject(fileBits)) throw new TypeErrorCtor("File: the bits must be a sequence");
    const made = blobParts("File", fileBits, options);
    const name = wellFormed(`${fileName}`);
    const given = isObject(options) ? options.lastModified : undefined;
    const modified = given === undefined ? dateNow() : trunc(+given) || 0;
    // Its constructor avoids super, which a function can redirect.
    return new FileSlot(new BlobSlot(objectCreate(new.target.prototype), made.bytes, made.type), name, modified);
  }
  get name() { return FileSlot.nameOf(this); }
  get lastModified() { return FileSlot.modified(this); }
  get webkitRelativePath() { FileSlot.nameOf(this); return ""; }
}
webClass(File, "File");
const FilePrototype = File.prototype;

function newFile(bytes, type, name, modified) {
  return new FileSlot(new BlobSlot(objectCreate(FilePrototype), bytes, type), name, modified);
}

function cloneBlob(value) {
  const bytes = BlobSlot.bytes(value);
  const type = BlobSlot.type(value);
  return FileSlot.has(value) ? newFile(bytes, type, FileSlot.nameOf(value), FileSlot.modified(value)) : newBlob(bytes, type);
}
