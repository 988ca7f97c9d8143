// crypto: random bytes come from Go.
const cryptoObject = once(() => {
  class CryptoSlot extends Slot {
    #brand;
    static check(o) {
      if (!isObject(o) || !(#brand in o)) throw illegalInvocation();
    }
  }

  function random(n) {
    hostCall("random", StringCtor(n), undefined);
    return host.bytes();
  }

  class Crypto {
    constructor() {
      throw new TypeErrorCtor("Illegal constructor");
    }
    get subtle() {
      CryptoSlot.check(this);
      return cryptoPart().subtle;
    }
    getRandomValues(array) {
      CryptoSlot.check(this);
      need(arguments.length, 1, "getRandomValues");
      const name = isObject(array) ? typedName(array) : undefined;
      if (name === undefined || strIndexOf(name, "Float") === 0) {
        throw newDOMException("getRandomValues: the argument must be an integer typed array", "TypeMismatchError");
      }
      const n = typedByteLength(array);
      if (n > 65536) {
        throw newDOMException(`getRandomValues: ${n} bytes are over the quota of 65536`, "QuotaExceededError");
      }
      if (n > 0) typedSet(new U8(typedBuffer(array), typedByteOffset(array), n), random(n));
      return array;
    }
    randomUUID() {
      CryptoSlot.check(this);
      const b = random(16);
      b[6] = (b[6] & 0x0f) | 0x40;
      b[8] = (b[8] & 0x3f) | 0x80;
      let out = "";
      for (let i = 0; i < 16; i++) {
        if (i === 4 || i === 6 || i === 8 || i === 10) out += "-";
        out += (b[i] < 16 ? "0" : "") + numberToString(b[i], 16);
      }
      return out;
    }
  }
  webClass(Crypto, "Crypto");
  return { __proto__: null, Crypto, crypto: new CryptoSlot(objectCreate(Crypto.prototype)) };
});
