// Algorithms, normalized as the Web Cryptography API has it (18.4): what each operation
// takes, and which members of the algorithm it reads.
const RSA_KEYS = "|hash|modulusLength|publicExponent|";
const ALGORITHMS = {
  __proto__: null,
  digest: { __proto__: null, "SHA-1": "", "SHA-256": "", "SHA-384": "", "SHA-512": "" },
  sign: { __proto__: null, "HMAC": "", "RSASSA-PKCS1-v1_5": "", "RSA-PSS": "|saltLength|", "ECDSA": "|hash|", "Ed25519": "" },
  encrypt: { __proto__: null, "RSA-OAEP": "|label?|", "AES-CBC": "|iv|", "AES-GCM": "|iv|additionalData?|tagLength?|", "AES-CTR": "|counter|length8|" },
  wrapKey: { __proto__: null, "AES-KW": "" },
  deriveBits: { __proto__: null, "PBKDF2": "|hash|salt|iterations|", "HKDF": "|hash|salt|info|", "ECDH": "|public|", "X25519": "|public|" },
  generateKey: {
    __proto__: null, "HMAC": "|hash|length?|", "AES-CBC": "|length|", "AES-CTR": "|length|", "AES-GCM": "|length|", "AES-KW": "|length|",
    "RSASSA-PKCS1-v1_5": RSA_KEYS, "RSA-PSS": RSA_KEYS, "RSA-OAEP": RSA_KEYS, "ECDSA": "|namedCurve|", "ECDH": "|namedCurve|", "Ed25519": "", "X25519": "",
  },
  importKey: {
    __proto__: null, "HMAC": "|hash|length?|", "AES-CBC": "", "AES-CTR": "", "AES-GCM": "", "AES-KW": "", "PBKDF2": "", "HKDF": "",
    "RSASSA-PKCS1-v1_5": "|hash|", "RSA-PSS": "|hash|", "RSA-OAEP": "|hash|", "ECDSA": "|namedCurve|", "ECDH": "|namedCurve|", "Ed25519": "", "X25519": "",
  },
  length: { __proto__: null, "HMAC": "|hash|length?|", "AES-CBC": "|length|", "AES-CTR": "|length|", "AES-GCM": "|length|", "AES-KW": "|length|", "PBKDF2": "", "HKDF": "" },
};
ALGORITHMS.verify = ALGORITHMS.sign;
ALGORITHMS.decrypt = ALGORITHMS.encrypt;
ALGORITHMS.unwrapKey = ALGORITHMS.wrapKey;

// normalize returns the name and the members of an algorithm, in an object without a
// prototype.
function normalize(given, op) {
  if (!isObject(given)) {
    if (typeof given === "symbol" || given === undefined || given === null) throw new TypeErrorCtor("the algorithm must be an object or a string");
    given = { __proto__: null, name: given };
  }
  const wanted = given.name;
  if (wanted === undefined) throw new TypeErrorCtor("the algorithm has no name");
  const upper = strUpper(`${wanted}`);
  const table = ALGORITHMS[op];
  const names = ownKeys(table);
  for (let i = 0; i < names.length; i++) {
    if (strUpper(names[i]) === upper) return members(given, names[i], table[names[i]]);
  }
  throw newDOMException(`${jsonStringify(cut(`${wanted}`, 40))} is not supported for ${op}`, "NotSupportedError");
}

function members(given, name, list) {
  const out = { __proto__: null, name };
  for (let from = 1; from < list.length;) {
    const end = strIndexOf(list, "|", from);
    let key = strSlice(list, from, end);
    from = end + 1;
    const optional = charCodeAt(key, key.length - 1) === 63;
    if (optional) key = strSlice(key, 0, key.length - 1);
    const small = key === "length8";
    if (small) key = "length";
    const value = given[key];
    if (value === undefined) {
      if (!optional) throw new TypeErrorCtor(`the algorithm ${name} needs ${key}`);
      continue;
    }
    out[key] = member(key, value, small ? 255 : key === "tagLength" ? 255 : 4294967295);
  }
  return out;
}

function member(key, value, most) {
  switch (key) {
    case "hash":
      return normalize(value, "digest").name;
    case "namedCurve":
      return `${value}`;
    case "public":
      if (!KeySlot.has(value)) throw new TypeErrorCtor("public is no CryptoKey");
      return value;
    case "publicExponent":
      if (!isObject(value) || typedName(value) !== "Uint8Array") throw new TypeErrorCtor("publicExponent must be a Uint8Array");
      return copyBytes(value);
    case "length": case "modulusLength": case "saltLength": case "iterations": case "tagLength": {
      const n = trunc(+value);
      if (!(n >= 0 && n <= most)) throw new TypeErrorCtor(`${key} is out of range`);
      return n;
    }
    default:
      return source(value, key);
  }
}

// source copies what a BufferSource holds; one that was transferred away holds nothing.
function source(value, what) {
  let bytes;
  try {
    bytes = bytesOf(value);
  } catch {
    return new U8(0);
  }
  if (bytes === undefined) throw new TypeErrorCtor(`${what} must be an ArrayBuffer or a view`);
  return typedLength(bytes) === 0 ? new U8(0) : copyBytes(bytes);
}

// isSource tells a BufferSource, as far as it can be told before it is copied.
function isSource(value) {
  try {
    return bytesOf(value) !== undefined;
  } catch {
    return true;
  }
}

function hex(bytes) {
  const n = typedLength(bytes);
  const out = newList();
  for (let i = 0; i < n; i++) out[i] = (bytes[i] < 16 ? "0" : "") + numberToString(bytes[i], 16);
  return arrayJoin(out, "");
}

function unhex(text) {
  const out = new U8(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = parseInteger(strSlice(text, 2 * i, 2 * i + 2), 16);
  return out;
}

// compute has Go do an operation. request is a list of names and values, strings, numbers
// or bytes, which is written by hand: stringifying an object would ask for toJSON.
function compute(request, bytes, done, failed) {
  let text = "";
  for (let i = 0; i < request.length; i += 2) {
    const value = request[i + 1];
    if (value === undefined) continue;
    const written = typeof value === "string" ? jsonStringify(value) : typeof value === "number" ? `${value}` : `"${hex(value)}"`;
    text += `${text === "" ? "" : ","}"${request[i]}":${written}`;
  }
  hostStart("crypto", `{${text}}`, bytes, (answer) => {
    try {
      done(answer);
    } catch (e) {
      failed(e);
    }
  }, (e) => failed(hostError(e.name, e.message)));
}

function fields(...list) {
  return setPrototypeOf(list, null);
}

function bufferOf(bytes) {
  return typedBuffer(bytes === undefined ? new U8(0) : copyBytes(bytes));
}
