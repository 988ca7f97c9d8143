// CryptoKey: what Go needs of a key, in a slot. A key that is not extractable stays in
// there: no function can read it.
class KeySlot extends Slot {
  #k;
  constructor(object, state) {
    super(object);
    this.#k = state;
  }
  static has(o) {
    return isObject(o) && #k in o;
  }
  static of(o) {
    if (!KeySlot.has(o)) throw illegalInvocation();
    return o.#k;
  }
}

class CryptoKey {
  constructor() {
    throw new TypeErrorCtor("Illegal constructor");
  }
  get type() { return KeySlot.of(this).type; }
  get extractable() { return KeySlot.of(this).extractable; }
  get algorithm() { return KeySlot.of(this).shown; }
  get usages() {
    const k = KeySlot.of(this);
    if (k.listed === undefined) k.listed = toArray(copyList(k.usages));
    return k.listed;
  }
}
webClass(CryptoKey, "CryptoKey");
const KeyPrototype = CryptoKey.prototype;

function copyList(list) {
  const out = newList();
  for (let i = 0; i < list.length; i++) out[i] = list[i];
  return out;
}

// newKey makes a key. about is what is known of its algorithm: name, hash, length, curve,
// exponent.
function newKey(type, extractable, about, usages, bytes) {
  const shown = { name: about.name };
  if (about.length !== undefined) defineData(shown, isRSA(about.name) ? "modulusLength" : "length", about.length);
  if (about.exponent !== undefined) defineData(shown, "publicExponent", about.exponent);
  if (about.hash !== undefined) defineData(shown, "hash", { name: about.hash });
  if (about.curve !== undefined) defineData(shown, "namedCurve", about.curve);
  return new KeySlot(objectCreate(KeyPrototype), { __proto__: null, type, extractable, about, shown, usages, bytes, listed: undefined });
}

// cloneKey makes another object of the same key, which cannot be changed.
function cloneKey(key) {
  const k = KeySlot.of(key);
  return newKey(k.type, k.extractable, k.about, k.usages, k.bytes);
}

const USAGES = "|encrypt|decrypt|sign|verify|deriveKey|deriveBits|wrapKey|unwrapKey|encapsulateKey|encapsulateBits|decapsulateKey|decapsulateBits|";

// allowedUsages are those of a key of this algorithm and type.
function allowedUsages(name, type) {
  switch (name) {
    case "HMAC": return "|sign|verify|";
    case "AES-CBC": case "AES-CTR": case "AES-GCM": return "|encrypt|decrypt|wrapKey|unwrapKey|";
    case "AES-KW": return "|wrapKey|unwrapKey|";
    case "PBKDF2": case "HKDF": return "|deriveKey|deriveBits|";
    case "RSA-OAEP": return type === "public" ? "|encrypt|wrapKey|" : "|decrypt|unwrapKey|";
    case "ECDH": case "X25519": return type === "public" ? "||" : "|deriveKey|deriveBits|";
    default: return type === "public" ? "|verify|" : "|sign|";
  }
}

function usageList(given) {
  if (!isObject(given)) throw new TypeErrorCtor("keyUsages must be a sequence");
  const list = newList();
  iterate(given, given[symbolIterator], (item) => {
    const text = `${item}`;
    if (strIndexOf(text, "|") >= 0 || strIndexOf(USAGES, `|${text}|`) < 0) throw new TypeErrorCtor(`${jsonStringify(cut(text, 40))} is no usage of a key`);
    for (let i = 0; i < list.length; i++) if (list[i] === text) return;
    list[list.length] = text;
  });
  return list;
}

function hasUsage(list, usage) {
  for (let i = 0; i < list.length; i++) if (list[i] === usage) return true;
  return false;
}

// checkNotEmpty refuses a secret that is for nothing.
function checkNotEmpty(type, usages) {
  if (usages.length === 0 && type !== "public") throw newDOMException(`a ${type} key must have a usage`, "SyntaxError");
}

// checkAllowed refuses what no key of the type has.
function checkAllowed(name, type, usages) {
  const allowed = allowedUsages(name, type);
  for (let i = 0; i < usages.length; i++) {
    if (strIndexOf(allowed, `|${usages[i]}|`) < 0) throw newDOMException(`a ${type} key of ${name} has no usage ${usages[i]}`, "SyntaxError");
  }
}

// onlyAllowed takes the usages that a key of the type has, in the order of the standard.
function onlyAllowed(name, type, usages) {
  const allowed = allowedUsages(name, type);
  const out = newList();
  for (let i = 0; i < usages.length; i++) if (strIndexOf(allowed, `|${usages[i]}|`) >= 0) out[out.length] = usages[i];
  return out;
}

function isRSA(name) {
  return name === "RSASSA-PKCS1-v1_5" || name === "RSA-PSS" || name === "RSA-OAEP";
}

function isAES(name) {
  return strIndexOf(name, "AES-") === 0;
}
