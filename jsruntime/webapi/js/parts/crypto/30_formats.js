// Keys in and out.

function hashBlock(hash) {
  return hash === "SHA-1" || hash === "SHA-256" ? 512 : 1024;
}

function checkAESLength(length, error) {
  if (length !== 128 && length !== 192 && length !== 256) throw newDOMException(`a key of AES has 128, 192 or 256 bits, not ${length}`, error);
}

// importKey hands a CryptoKey to done. data is bytes, or a JSON Web Key.
function importKey(format, data, algorithm, extractable, usages, done, failed) {
  const { name } = algorithm;
  const secret = name === "HMAC" || isAES(name) || name === "PBKDF2" || name === "HKDF";
  const type = secret ? "secret" : format === "pkcs8" || (format === "jwk" && data.d !== undefined) ? "private" : "public";
  checkAllowed(name, type, usages);
  if (format === "jwk") checkJWK(data, algorithm, extractable, usages, secret);
  if (secret) {
    done(importSecret(format, data, algorithm, extractable, usages));
    return;
  }
  checkNotEmpty(type, usages);
  if (algorithm.namedCurve !== undefined) checkCurve(algorithm.namedCurve);
  const bytes = format === "jwk" ? utf8Encode(jwkText(data)) : data;
  compute(fields("op", "import", "format", format, "name", name, "curve", algorithm.namedCurve), bytes, (answer) => {
    const known = jsonParse(answer.text);
    done(newKey(known.kind, extractable, about(algorithm, known), onlyAllowed(name, known.kind, usages), answer.bytes));
  }, failed);
}

function checkCurve(curve) {
  if (curve !== "P-256" && curve !== "P-384" && curve !== "P-521") throw newDOMException(`the curve ${jsonStringify(cut(curve, 40))} is not supported`, "NotSupportedError");
}

function about(algorithm, known) {
  const out = { __proto__: null, name: algorithm.name, hash: algorithm.hash, curve: algorithm.namedCurve, length: undefined, exponent: undefined };
  if (isRSA(algorithm.name)) {
    out.length = known.length;
    out.exponent = unhex(known.exponent);
  }
  return out;
}

function importSecret(format, data, algorithm, extractable, usages) {
  const { name } = algorithm;
  const derives = name === "PBKDF2" || name === "HKDF";
  if (format !== "raw" && (format !== "jwk" || derives)) throw newDOMException(`keys of ${name} have no format ${format}`, "NotSupportedError");
  checkNotEmpty("secret", usages);
  if (derives && extractable) throw newDOMException(`a key of ${name} cannot be extractable`, "SyntaxError");
  const bytes = format === "jwk" ? base64urlDecode(data.k) : data;
  const known = { __proto__: null, name, hash: algorithm.hash, length: undefined };
  const bits = 8 * typedLength(bytes);
  if (isAES(name)) {
    checkAESLength(bits, "DataError");
    known.length = bits;
  } else if (name === "HMAC") {
    if (bits === 0) throw newDOMException("a key of HMAC must not be empty", "DataError");
    const { length } = algorithm;
    if (length !== undefined && (length > bits || length <= bits - 8)) throw newDOMException("the length is not that of the key", "DataError");
    known.length = length === undefined ? bits : length;
  }
  return newKey("secret", extractable, known, usages, bytes);
}

const JWK_MEMBERS = fields("kty", "use", "alg", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "k");

// readJWK reads a JSON Web Key of the function's, once.
function readJWK(given) {
  if (!isObject(given)) throw new TypeErrorCtor("a JSON Web Key must be an object");
  const out = { __proto__: null, key_ops: undefined, ext: undefined };
  for (let i = 0; i < JWK_MEMBERS.length; i++) {
    const value = given[JWK_MEMBERS[i]];
    out[JWK_MEMBERS[i]] = value === undefined ? undefined : `${value}`;
  }
  if (given.ext !== undefined) out.ext = !!given.ext;
  const ops = given.key_ops;
  if (ops !== undefined) {
    out.key_ops = newList();
    iterate(ops, ops[symbolIterator], (op) => { out.key_ops[out.key_ops.length] = `${op}`; });
  }
  return out;
}

function jwkText(jwk) {
  let text = "";
  for (let i = 0; i < JWK_MEMBERS.length; i++) {
    const name = JWK_MEMBERS[i];
    if (jwk[name] === undefined || name === "use" || name === "alg" || name === "k") continue;
    text += `${text === "" ? "" : ","}"${name}":${jsonStringify(jwk[name])}`;
  }
  return `{${text}}`;
}

// algName is what a JSON Web Key calls an algorithm; undefined where it has no word.
function algName(name, hash, length) {
  const digits = hash === undefined ? "" : hash === "SHA-1" ? "1" : strSlice(hash, 4);
  switch (name) {
    case "HMAC": return "HS" + digits;
    case "RSASSA-PKCS1-v1_5": return "RS" + digits;
    case "RSA-PSS": return "PS" + digits;
    case "RSA-OAEP": return digits === "1" ? "RSA-OAEP" : "RSA-OAEP-" + digits;
    case "AES-CBC": return `A${length}CBC`;
    case "AES-CTR": return `A${length}CTR`;
    case "AES-GCM": return `A${length}GCM`;
    case "AES-KW": return `A${length}KW`;
    case "Ed25519": return name;
    default: return undefined;
  }
}

function checkJWK(jwk, algorithm, extractable, usages, secret) {
  const wrong = (what) => newDOMException(`the JSON Web Key's ${what}`, "DataError");
  const { name } = algorithm;
  const kty = secret ? "oct" : isRSA(name) ? "RSA" : name === "ECDSA" || name === "ECDH" ? "EC" : "OKP";
  if (jwk.kty !== kty) throw wrong(`kty is not ${kty}`);
  if (secret && jwk.k === undefined) throw wrong("k is missing");
  if (algorithm.namedCurve !== undefined && jwk.crv !== algorithm.namedCurve) throw wrong("crv is another curve's");
  if (kty === "OKP" && jwk.crv !== name) throw wrong("crv is another curve's");
  const expected = algName(name, algorithm.hash, secret && jwk.k !== undefined ? 8 * trunc(jwk.k.length * 3 / 4) : undefined);
  if (jwk.alg !== undefined && expected !== undefined && jwk.alg !== expected && !(name === "Ed25519" && jwk.alg === "EdDSA")) throw wrong(`alg is not ${expected}`);
  const use = name === "RSA-OAEP" || isAES(name) || name === "ECDH" || name === "X25519" ? "enc" : "sig";
  if (usages.length > 0 && jwk.use !== undefined && jwk.use !== use) throw wrong(`use is not ${use}`);
  if (jwk.key_ops !== undefined) {
    for (let i = 0; i < usages.length; i++) if (!hasUsage(jwk.key_ops, usages[i])) throw wrong(`key_ops lacks ${usages[i]}`);
  }
  if (jwk.ext === false && extractable) throw wrong("ext is false");
}

// exportKey hands bytes or a JSON Web Key to done.
function exportKey(format, key, done, failed) {
  const k = KeySlot.of(key);
  if (!k.extractable) throw newDOMException("the key is not extractable", "InvalidAccessError");
  const { name } = k.about;
  if (k.type === "secret") {
    if (name === "PBKDF2" || name === "HKDF") throw newDOMException(`keys of ${name} cannot be exported`, "NotSupportedError");
    if (format === "raw") done(bufferOf(k.bytes));
    else if (format === "jwk") done(finishJWK({ kty: "oct", k: base64urlEncode(k.bytes) }, k));
    else throw newDOMException(`keys of ${name} have no format ${format}`, "NotSupportedError");
    return;
  }
  const fit = format === "jwk" || (k.type === "private" ? format === "pkcs8" : format === "spki" || (format === "raw" && !isRSA(name)));
  if (!fit) throw newDOMException(`a ${k.type} key of ${name} has no format ${format}`, format === "raw" && isRSA(name) ? "NotSupportedError" : "InvalidAccessError");
  if (format === "pkcs8" || format === "spki") {
    done(bufferOf(k.bytes));
    return;
  }
  compute(fields("op", "export", "format", format, "name", name, "kind", k.type, "key", k.bytes), undefined, (answer) => {
    done(format === "raw" ? bufferOf(answer.bytes) : finishJWK(jsonParse(answer.text), k));
  }, failed);
}

function finishJWK(jwk, k) {
  const alg = algName(k.about.name, k.about.hash, k.about.length);
  if (alg !== undefined) defineData(jwk, "alg", alg);
  defineData(jwk, "key_ops", toArray(copyList(k.usages)));
  defineData(jwk, "ext", k.extractable);
  return jwk;
}

function base64urlEncode(bytes) {
  const text = base64Functions.btoa(latin1(bytes, 0, typedLength(bytes)));
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    out += c === "+" ? "-" : c === "/" ? "_" : c === "=" ? "" : c;
  }
  return out;
}

function base64urlDecode(text) {
  let plain = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "+" || c === "/" || c === "=") throw newDOMException("the JSON Web Key's k is no base64url", "DataError");
    plain += c === "-" ? "+" : c === "_" ? "/" : c;
  }
  let decoded;
  try {
    decoded = base64Functions.atob(plain);
  } catch {
    throw newDOMException("the JSON Web Key's k is no base64url", "DataError");
  }
  const out = new U8(decoded.length);
  for (let i = 0; i < decoded.length; i++) out[i] = charCodeAt(decoded, i);
  return out;
}
