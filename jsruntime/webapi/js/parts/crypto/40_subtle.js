// SubtleCrypto. Arguments are read and copied when a method is called; Go computes beside
// the function's turn.
class SubtleSlot extends Slot {
  #brand;
  static check(o) {
    if (!isObject(o) || !(#brand in o)) throw illegalInvocation();
  }
}

// promised runs a method: what it throws rejects.
function promised(subtle, given, want, where, run) {
  return new PromiseCtor((resolve, reject) => {
    try {
      SubtleSlot.check(subtle);
      need(given, want, where);
      run(resolve, reject);
    } catch (e) {
      reject(e);
    }
  });
}

function keyArgument(value) {
  if (!KeySlot.has(value)) throw new TypeErrorCtor("the key is no CryptoKey");
  return KeySlot.of(value);
}

// usable refuses a key of another algorithm, or one that is not for this.
function usable(k, algorithm, usage) {
  if (k.about.name !== algorithm.name) throw newDOMException(`the key is of ${k.about.name}, not of ${algorithm.name}`, "InvalidAccessError");
  if (!hasUsage(k.usages, usage)) throw newDOMException(`the key is not for ${usage}`, "InvalidAccessError");
}

function formatOf(value) {
  const format = `${value}`;
  if (format !== "raw" && format !== "pkcs8" && format !== "spki" && format !== "jwk") throw new TypeErrorCtor(`${jsonStringify(cut(format, 40))} is no format of keys`);
  return format;
}

// keyData is a JSON Web Key as it is when the method is called, or the buffer, which is copied
// only when the algorithm has been read.
function keyData(format, data) {
  if (format === "jwk") {
    if (isSource(data)) throw new TypeErrorCtor("a JSON Web Key must be an object");
    return readJWK(data);
  }
  if (!isSource(data)) throw new TypeErrorCtor("keyData must be an ArrayBuffer or a view");
  return data;
}

function signature(op, algorithm, k, data, sig, done, failed) {
  compute(fields("op", op, "name", algorithm.name, "kind", k.type, "key", k.bytes, "hash", algorithm.hash || k.about.hash,
    "saltLength", algorithm.saltLength, "signature", sig), data, done, failed);
}

function checkCipher(algorithm) {
  const { name } = algorithm;
  if (name === "AES-CBC" && typedLength(algorithm.iv) !== 16) throw newDOMException("the iv of AES-CBC must have 16 bytes", "OperationError");
  if (name === "AES-CTR") {
    if (typedLength(algorithm.counter) !== 16) throw newDOMException("the counter of AES-CTR must have 16 bytes", "OperationError");
    if (algorithm.length < 1 || algorithm.length > 128) throw newDOMException("the length of AES-CTR must be 1 to 128", "OperationError");
  }
  if (name === "AES-GCM") {
    const tag = algorithm.tagLength === undefined ? 128 : algorithm.tagLength;
    if (tag !== 32 && tag !== 64 && tag !== 96 && tag !== 104 && tag !== 112 && tag !== 120 && tag !== 128) {
      throw newDOMException(`${tag} is no length of a tag of AES-GCM`, "OperationError");
    }
    algorithm.tagLength = tag;
  }
}

function cipher(op, algorithm, k, data, done, failed) {
  checkCipher(algorithm);
  compute(fields("op", op, "name", algorithm.name, "kind", k.type, "key", k.bytes, "hash", k.about.hash,
    "iv", algorithm.iv || algorithm.counter, "length", algorithm.length, "tag", algorithm.tagLength,
    "data", algorithm.additionalData || algorithm.label), data, (answer) => done(answer.bytes === undefined ? new U8(0) : answer.bytes), failed);
}

function deriveBits(algorithm, k, length, done, failed) {
  if (algorithm.public !== undefined) {
    const peer = KeySlot.of(algorithm.public);
    if (peer.type !== "public") throw newDOMException("public is no public key", "InvalidAccessError");
    if (peer.about.name !== k.about.name || peer.about.curve !== k.about.curve) throw newDOMException("public is of another algorithm or curve", "InvalidAccessError");
    compute(fields("op", "derive", "name", algorithm.name, "key", k.bytes, "peer", peer.bytes, "length", length === null ? -1 : length), undefined,
      (answer) => done(answer.bytes === undefined ? new U8(0) : answer.bytes), failed);
    return;
  }
  if (length === null) throw newDOMException(`${algorithm.name} needs a length`, "OperationError");
  if (length % 8 !== 0) throw newDOMException("the length must be a multiple of 8", "OperationError");
  if (algorithm.iterations === 0) throw newDOMException("iterations must not be 0", "OperationError");
  compute(fields("op", "derive", "name", algorithm.name, "key", k.bytes, "hash", algorithm.hash, "data", algorithm.salt, "info", algorithm.info,
    "iterations", algorithm.iterations, "length", length), undefined, (answer) => done(answer.bytes === undefined ? new U8(0) : answer.bytes), failed);
}

// lengthOf is the length of a key that is derived, in bits; null for as long as it gets.
function lengthOf(derived) {
  const { name, length } = derived;
  if (name === "PBKDF2" || name === "HKDF") return null;
  if (name === "HMAC") {
    if (length === 0) throw new TypeErrorCtor("the length must not be 0");
    return length === undefined ? hashBlock(derived.hash) : length;
  }
  checkAESLength(length, "OperationError");
  return length;
}

class SubtleCrypto {
  constructor() {
    throw new TypeErrorCtor("Illegal constructor");
  }
  digest(algorithm, data) {
    return promised(this, arguments.length, 2, "digest", (resolve, reject) => {
      const { name } = normalize(algorithm, "digest");
      compute(fields("op", "digest", "hash", name), source(data, "data"), (answer) => resolve(bufferOf(answer.bytes)), reject);
    });
  }
  sign(algorithm, key, data) {
    return promised(this, arguments.length, 3, "sign", (resolve, reject) => {
      const a = normalize(algorithm, "sign");
      const k = keyArgument(key);
      const bytes = source(data, "data");
      usable(k, a, "sign");
      signature("sign", a, k, bytes, undefined, (answer) => resolve(bufferOf(answer.bytes)), reject);
    });
  }
  verify(algorithm, key, signature_, data) {
    return promised(this, arguments.length, 4, "verify", (resolve, reject) => {
      const a = normalize(algorithm, "verify");
      const k = keyArgument(key);
      const sig = source(signature_, "signature");
      const bytes = source(data, "data");
      usable(k, a, "verify");
      signature("verify", a, k, bytes, sig, (answer) => resolve(answer.text === "true"), reject);
    });
  }
  encrypt(algorithm, key, data) {
    return promised(this, arguments.length, 3, "encrypt", (resolve, reject) => {
      const a = normalize(algorithm, "encrypt");
      const k = keyArgument(key);
      const bytes = source(data, "data");
      usable(k, a, "encrypt");
      cipher("encrypt", a, k, bytes, (out) => resolve(bufferOf(out)), reject);
    });
  }
  decrypt(algorithm, key, data) {
    return promised(this, arguments.length, 3, "decrypt", (resolve, reject) => {
      const a = normalize(algorithm, "decrypt");
      const k = keyArgument(key);
      const bytes = source(data, "data");
      usable(k, a, "decrypt");
      cipher("decrypt", a, k, bytes, (out) => resolve(bufferOf(out)), reject);
    });
  }
  deriveBits(algorithm, baseKey, length = null) {
    return promised(this, arguments.length, 2, "deriveBits", (resolve, reject) => {
      const a = normalize(algorithm, "deriveBits");
      const k = keyArgument(baseKey);
      usable(k, a, "deriveBits");
      deriveBits(a, k, length === null || length === undefined ? null : length >>> 0, (out) => resolve(bufferOf(out)), reject);
    });
  }
  deriveKey(algorithm, baseKey, derivedKeyType, extractable, keyUsages) {
    return promised(this, arguments.length, 5, "deriveKey", (resolve, reject) => {
      const a = normalize(algorithm, "deriveBits");
      const k = keyArgument(baseKey);
      const made = normalize(derivedKeyType, "importKey");
      const length = lengthOf(normalize(derivedKeyType, "length"));
      const usages = usageList(keyUsages);
      usable(k, a, "deriveKey");
      deriveBits(a, k, length, (out) => importKey("raw", out, made, !!extractable, usages, resolve, reject), reject);
    });
  }
  generateKey(algorithm, extractable, keyUsages) {
    return promised(this, arguments.length, 3, "generateKey", (resolve, reject) => {
      const a = normalize(algorithm, "generateKey");
      generate(a, !!extractable, usageList(keyUsages), resolve, reject);
    });
  }
  importKey(format, keyData_, algorithm, extractable, keyUsages) {
    return promised(this, arguments.length, 5, "importKey", (resolve, reject) => {
      const f = formatOf(format);
      const data = keyData(f, keyData_);
      const usages = usageList(keyUsages);
      const a = normalize(algorithm, "importKey");
      importKey(f, f === "jwk" ? data : source(data, "keyData"), a, !!extractable, usages, resolve, reject);
    });
  }
  exportKey(format, key) {
    return promised(this, arguments.length, 2, "exportKey", (resolve, reject) => {
      const f = formatOf(format);
      keyArgument(key);
      exportKey(f, key, resolve, reject);
    });
  }
  wrapKey(format, key, wrappingKey, wrapAlgorithm) {
    return promised(this, arguments.length, 4, "wrapKey", (resolve, reject) => {
      const f = formatOf(format);
      const a = wrapping(wrapAlgorithm, "wrapKey", "encrypt");
      keyArgument(key);
      const with_ = keyArgument(wrappingKey);
      usable(with_, a, "wrapKey");
      exportKey(f, key, (out) => {
        const bytes = f === "jwk" ? utf8Encode(jsonStringify(out)) : new U8(out);
        cipher("encrypt", a, with_, bytes, (wrapped) => resolve(bufferOf(wrapped)), reject);
      }, reject);
    });
  }
  unwrapKey(format, wrappedKey, unwrappingKey, unwrapAlgorithm, unwrappedKeyAlgorithm, extractable, keyUsages) {
    return promised(this, arguments.length, 7, "unwrapKey", (resolve, reject) => {
      const f = formatOf(format);
      const a = wrapping(unwrapAlgorithm, "unwrapKey", "decrypt");
      const made = normalize(unwrappedKeyAlgorithm, "importKey");
      const bytes = source(wrappedKey, "wrappedKey");
      const with_ = keyArgument(unwrappingKey);
      const usages = usageList(keyUsages);
      usable(with_, a, "unwrapKey");
      cipher("decrypt", a, with_, bytes, (out) => {
        try {
          importKey(f, f === "jwk" ? unwrappedJWK(out) : out, made, !!extractable, usages, resolve, reject);
        } catch (e) {
          reject(e);
        }
      }, reject);
    });
  }
}
webClass(SubtleCrypto, "SubtleCrypto");

function unwrappedJWK(bytes) {
  let parsed;
  try {
    parsed = jsonParse(utf8Decode(bytes));
  } catch {
    throw newDOMException("what was unwrapped is no JSON", "DataError");
  }
  return readJWK(parsed);
}

// wrapping is an algorithm that wraps keys: one of its own, or one that encrypts.
function wrapping(given, own, other) {
  try {
    return normalize(given, own);
  } catch (e) {
    if (domException().has(e)) return normalize(given, other);
    throw e;
  }
}

// checkRSA asks what Go asks again, since a bad usage is told of only then.
function checkRSA(a) {
  const e = a.publicExponent;
  let at = 0;
  while (at < typedLength(e) && e[at] === 0) at++;
  const known = typedLength(e) - at === 3 && e[at] === 1 && e[at + 1] === 0 && e[at + 2] === 1;
  if (!known) throw newDOMException("the public exponent of a new RSA key must be 65537", "OperationError");
  if (a.modulusLength < 1024 || a.modulusLength > 4096) throw newDOMException(`a new RSA key must have 1024 to 4096 bits, not ${a.modulusLength}`, "OperationError");
}

function generate(a, extractable, usages, resolve, reject) {
  const { name } = a;
  const secret = name === "HMAC" || isAES(name);
  if (secret) {
    checkAllowed(name, "secret", usages);
    let { length } = a;
    if (isAES(name)) checkAESLength(length, "OperationError");
    else if (length === undefined) length = hashBlock(a.hash);
    else if (length === 0) throw newDOMException("the length must not be 0", "OperationError");
    checkNotEmpty("secret", usages);
    compute(fields("op", "generate", "name", name, "length", length), undefined, (answer) => {
      resolve(newKey("secret", extractable, { __proto__: null, name, hash: a.hash, length }, usages, answer.bytes));
    }, reject);
    return;
  }
  for (let i = 0; i < usages.length; i++) {
    if (strIndexOf(allowedUsages(name, "public") + allowedUsages(name, "private"), `|${usages[i]}|`) < 0) {
      throw newDOMException(`a key of ${name} has no usage ${usages[i]}`, "SyntaxError");
    }
  }
  if (a.namedCurve !== undefined) checkCurve(a.namedCurve);
  if (isRSA(name)) checkRSA(a);
  const forPrivate = onlyAllowed(name, "private", usages);
  if (forPrivate.length === 0) throw newDOMException("a private key must have a usage", "SyntaxError");
  compute(fields("op", "generate", "name", name, "curve", a.namedCurve, "length", a.modulusLength, "exponent", a.publicExponent), undefined, (answer) => {
    const known = jsonParse(answer.text);
    const split = known.private;
    const bytes = answer.bytes;
    const privateBytes = copyBytes(new U8(typedBuffer(bytes), typedByteOffset(bytes), split));
    const publicBytes = copyBytes(new U8(typedBuffer(bytes), typedByteOffset(bytes) + split, typedLength(bytes) - split));
    resolve({
      publicKey: newKey("public", true, about(a, known), onlyAllowed(name, "public", usages), publicBytes),
      privateKey: newKey("private", extractable, about(a, known), forPrivate, privateBytes),
    });
  }, reject);
}

return { __proto__: null, CryptoKey, SubtleCrypto, subtle: new SubtleSlot(objectCreate(SubtleCrypto.prototype)), has: KeySlot.has, clone: cloneKey };
