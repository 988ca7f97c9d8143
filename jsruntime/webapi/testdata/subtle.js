const { subtle } = crypto;
const enc = (t) => new TextEncoder().encode(t);
const hexOf = (b) => Array.from(new Uint8Array(b), (x) => x.toString(16).padStart(2, "0")).join("");
const unhex = (t) => new Uint8Array(t.match(/../g).map((x) => parseInt(x, 16)));
equal(Object.prototype.toString.call(subtle), "[object SubtleCrypto]");
equal(hexOf(await subtle.digest("sha-256", enc("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
equal((await subtle.digest({ name: "SHA-512" }, new Uint8Array(0))).byteLength, 64);
await rejects("NotSupportedError", subtle.digest("MD5", enc("")));
await rejects("TypeError", subtle.digest("SHA-1", "text"));

// HMAC, RFC 4231 test case 2
const hmac = await subtle.importKey("raw", enc("Jefe"), { name: "HMAC", hash: "SHA-256" }, true, ["sign", "verify"]);
const mac = await subtle.sign("HMAC", hmac, enc("what do ya want for nothing?"));
equal(hexOf(mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
assert(await subtle.verify("HMAC", hmac, mac, enc("what do ya want for nothing?")));
assert(!(await subtle.verify("HMAC", hmac, mac, enc("nothing"))));
const jwk = await subtle.exportKey("jwk", hmac);
equal(jwk.k + jwk.alg + jwk.kty + jwk.ext, "SmVmZQHS256octtrue");
equal(JSON.stringify(hmac.algorithm), '{"name":"HMAC","length":32,"hash":{"name":"SHA-256"}}');
equal(hmac.usages.join(), "sign,verify");

// AES
for (const name of ["AES-GCM", "AES-CBC", "AES-CTR"]) {
  const key = await subtle.generateKey({ name, length: 256 }, true, ["encrypt", "decrypt"]);
  const params = { name, iv: crypto.getRandomValues(new Uint8Array(name === "AES-GCM" ? 12 : 16)), counter: new Uint8Array(16).fill(255), length: 64, additionalData: enc("more") };
  const box = await subtle.encrypt(params, key, enc("a secret of more than one block"));
  equal(new TextDecoder().decode(await subtle.decrypt(params, key, box)), "a secret of more than one block");
  if (name === "AES-GCM") await rejects("OperationError", subtle.decrypt({ ...params, additionalData: enc("less") }, key, box));
  const back = await subtle.importKey("jwk", await subtle.exportKey("jwk", key), name, false, ["decrypt"]);
  equal(new TextDecoder().decode(await subtle.decrypt(params, back, box)), "a secret of more than one block");
  await rejects("InvalidAccessError", subtle.exportKey("raw", back));
  await rejects("InvalidAccessError", subtle.encrypt(params, back, enc("x")), "not for encrypt");
}
await rejects("OperationError", subtle.generateKey({ name: "AES-CBC", length: 100 }, true, ["encrypt"]));
// RFC 3394, 4.1
const kek = await subtle.importKey("raw", unhex("000102030405060708090a0b0c0d0e0f"), "AES-KW", false, ["wrapKey", "unwrapKey"]);
const inner = await subtle.importKey("raw", unhex("00112233445566778899aabbccddeeff"), "AES-GCM", true, ["encrypt"]);
const wrapped = await subtle.wrapKey("raw", inner, kek, "AES-KW");
equal(hexOf(wrapped), "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5");
const unwrapped = await subtle.unwrapKey("raw", wrapped, kek, "AES-KW", "AES-GCM", true, ["encrypt"]);
equal(hexOf(await subtle.exportKey("raw", unwrapped)), "00112233445566778899aabbccddeeff");

// signatures
for (const a of [{ name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }, { name: "ECDSA", namedCurve: "P-521", hash: "SHA-512" }, { name: "Ed25519" },
  { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
  { name: "RSA-PSS", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256", saltLength: 32 }]) {
  const pair = await subtle.generateKey(a, true, ["sign", "verify"]);
  const sig = await subtle.sign(a, pair.privateKey, enc("message"));
  assert(await subtle.verify(a, pair.publicKey, sig, enc("message")), a.name);
  assert(!(await subtle.verify(a, pair.publicKey, sig, enc("massage"))), a.name);
  for (const [format, which] of [["spki", "publicKey"], ["jwk", "publicKey"], ["pkcs8", "privateKey"], ["jwk", "privateKey"]]) {
    const out = await subtle.exportKey(format, pair[which]);
    const key = await subtle.importKey(format, out, a, true, which === "publicKey" ? ["verify"] : ["sign"]);
    equal(key.type, which === "publicKey" ? "public" : "private");
    if (which === "publicKey") assert(await subtle.verify(a, key, sig, enc("message")));
    else assert(await subtle.verify(a, pair.publicKey, await subtle.sign(a, key, enc("message")), enc("message")));
  }
  await rejects("InvalidAccessError", subtle.sign(a, pair.publicKey, enc("x")));
}
// RSA-PSS without a salt: one signature, and it is OpenSSL's.
const unsalted = { name: "RSA-PSS", hash: "SHA-256", saltLength: 0 };
const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const pss = await subtle.importKey("pkcs8", fromBase64(
  "MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALOe3o8EnZ0de2wOEM3GQtzVto78/lpu7fSJLnI9fbc35ua1WJ3ly5I5oZnymSsdFpvU3gPgdvFRzbLkEPcXvvSlu4yMtge0ROBcQx9tHSqCjdHEmt02WeIJHRdRmmZAR82kos+ZrpY3fYw8o1tvlMSUmyA/yaCsHW63mJ4gBOWzAgMBAAECgYBEWU3DCjSXlqJiaa/HPYwv0DrZijeXXeK6TIEaA4AU+fapD5Sa8NhX2go+NGxIVZdG0OdyfjWEemZVjidOfwCwIB4GvIHNDwdJJl5txhsNQxVfA5y0jAD9sU8Mf3HcL7b/o3i6gS/1G7AK1QFS46aSlf++L6OG5ZYwZQ+YnqiG8QJBAN3hv0kvXMjDzQEo1f3Q1QVcIClftcMW8N73DukbHbVm8CxRt6Y/XblVhyB9AREdZTQxyQD3QhEoTCDQOB/70fcCQQDPPYhA/scpdoVY2T5ScZqiwlqGUB1SO2PJIeM4vRXQoVlehrM04dy+aAJuIM+MqphDDITEzzkK9o1Lvg3buZslAkAzEX5hbdFBNC+/EJMQNDyTWzzbyPegy2rtJpf79w3DbsngqX5HeVYtDg5n392a/tUISl0lJ8PBBzFebA4+7krJAkAmtiXHjlABrMQH7ry3hcUO9iMWx8xSWgmvvobFSHzUte8Nuzeqfy5O2vrpO3PJoOxESghbAyJyq8+FAIFyM9+JAkEAwMH3PndxXmVGGN38EB/UEPJS2xivaEYrScfAMyuLwdw3CMuu7Q3p17GbYYc7VlEr8nRDfItjlPhd32MrEloIrw=="), unsalted, false, ["sign"]);
const pssPublic = await subtle.importKey("spki", fromBase64(
  "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCznt6PBJ2dHXtsDhDNxkLc1baO/P5abu30iS5yPX23N+bmtVid5cuSOaGZ8pkrHRab1N4D4HbxUc2y5BD3F770pbuMjLYHtETgXEMfbR0qgo3RxJrdNlniCR0XUZpmQEfNpKLPma6WN32MPKNbb5TElJsgP8mgrB1ut5ieIATlswIDAQAB"), unsalted, true, ["verify"]);
const bare = await subtle.sign(unsalted, pss, enc("no salt"));
equal(hexOf(bare), "6f7fc06a55415554589a7914304dd202c45c343ca0f67e533f6509d1676c8f8fe957c412690751ef270a0f1b04405d046d9a84ef3048ddd1b08314f08c211a92dbe7f53358c47831cb4c948ec8ebfa709bc7fcdc75ac67c742b4e093da7c9531d19e7aa61926713fa3908f232b12997ee82db7ce94fd305a7e4dacbff529061b");
assert(await subtle.verify(unsalted, pssPublic, bare, enc("no salt")));
assert(!(await subtle.verify(unsalted, pssPublic, bare, enc("no malt"))));
assert(!(await subtle.verify({ ...unsalted, saltLength: 1 }, pssPublic, bare, enc("no salt"))));
assert(!(await subtle.verify(unsalted, pssPublic, await subtle.sign({ ...unsalted, saltLength: 1 }, pss, enc("no salt")), enc("no salt"))));
for (const bad of [new Uint8Array(), new Uint8Array(128), new Uint8Array(128).fill(255), bare.slice(1)]) {
  assert(!(await subtle.verify(unsalted, pssPublic, bad, enc("no salt"))));
}
await rejects("OperationError", subtle.sign({ ...unsalted, saltLength: 200 }, pss, enc("x")));

const oaep = await subtle.generateKey({ name: "RSA-OAEP", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-1" }, false, ["encrypt", "decrypt"]);
equal(oaep.privateKey.algorithm.modulusLength, 2048);
const sealed = await subtle.encrypt({ name: "RSA-OAEP", label: enc("l") }, oaep.publicKey, enc("hi"));
equal(new TextDecoder().decode(await subtle.decrypt({ name: "RSA-OAEP", label: enc("l") }, oaep.privateKey, sealed)), "hi");
await rejects("OperationError", subtle.decrypt("RSA-OAEP", oaep.privateKey, sealed));

// agreement and derivation
for (const a of [{ name: "ECDH", namedCurve: "P-384" }, { name: "X25519" }]) {
  const one = await subtle.generateKey(a, true, ["deriveBits", "deriveKey"]);
  const two = await subtle.generateKey(a, true, ["deriveBits", "deriveKey"]);
  const raw = await subtle.importKey("raw", await subtle.exportKey("raw", two.publicKey), a, true, []);
  const x = hexOf(await subtle.deriveBits({ name: a.name, public: raw }, one.privateKey, 128));
  equal(x, hexOf(await subtle.deriveBits({ name: a.name, public: one.publicKey }, two.privateKey, 128)));
  const derived = await subtle.deriveKey({ name: a.name, public: raw }, one.privateKey, { name: "AES-GCM", length: 256 }, true, ["encrypt"]);
  equal(derived.algorithm.length, 256);
}
const pass = await subtle.importKey("raw", enc("password"), "PBKDF2", false, ["deriveBits"]);
equal(hexOf(await subtle.deriveBits({ name: "PBKDF2", hash: "SHA-1", salt: enc("salt"), iterations: 2 }, pass, 160)), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957", "RFC 6070");
await rejects("OperationError", subtle.deriveBits({ name: "PBKDF2", hash: "SHA-1", salt: enc("salt"), iterations: 100000000 }, pass, 160), "rounds");
const ikm = await subtle.importKey("raw", new Uint8Array(22).fill(11), "HKDF", false, ["deriveBits", "deriveKey"]);
const bits = await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: unhex("000102030405060708090a0b0c"), info: unhex("f0f1f2f3f4f5f6f7f8f9") }, ikm, 336);
equal(hexOf(bits), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865", "RFC 5869");
await rejects("SyntaxError", subtle.importKey("raw", enc("x"), "HKDF", true, ["deriveBits"]));
await rejects("DataError", subtle.importKey("spki", enc("x"), { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]));
await rejects("TypeError", subtle.importKey("der", enc("x"), "HKDF", true, ["deriveBits"]));
const cloned = structuredClone({ ikm }).ikm;
assert(cloned !== ikm && cloned instanceof CryptoKey && !cloned.extractable && cloned.usages[0] === "deriveBits");
equal(hexOf(await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: unhex("000102030405060708090a0b0c"), info: unhex("f0f1f2f3f4f5f6f7f8f9") }, cloned, 336)), hexOf(bits));
equal(ikm.usages, ikm.usages);
ikm.usages.push("sign");
await rejects("InvalidAccessError", subtle.sign("HMAC", ikm, enc("x")));

// AES-GCM with tags and ivs of all lengths; NIST GCM vectors, test case 5 and the beginnings of its tag
const gcmKey = await subtle.importKey("raw", unhex("feffe9928665731c6d6a8f9467308308"), "AES-GCM", false, ["encrypt", "decrypt"]);
const gcmData = unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
for (const tagLength of [32, 64, 96, 104, 112, 120, 128]) {
  const params = { name: "AES-GCM", iv: unhex("cafebabefacedbad"), additionalData: unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"), tagLength };
  const box = await subtle.encrypt(params, gcmKey, gcmData);
  equal(hexOf(box), "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c742373806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598"
    + "3612d2e79e3b0785561be14aaca2fccb".slice(0, tagLength / 4));
  equal(hexOf(await subtle.decrypt(params, gcmKey, box)), hexOf(gcmData));
  for (const at of [0, box.byteLength - 1]) {
    const wrong = new Uint8Array(box.slice(0));
    wrong[at] ^= 1;
    await rejects("OperationError", subtle.decrypt(params, gcmKey, wrong));
  }
  await rejects("OperationError", subtle.decrypt({ ...params, additionalData: enc("") }, gcmKey, box));
  await rejects("OperationError", subtle.decrypt(params, gcmKey, box.slice(0, tagLength / 8 - 1)));
  const empty = await subtle.encrypt(params, gcmKey, enc(""));
  equal(empty.byteLength, tagLength / 8);
  equal((await subtle.decrypt(params, gcmKey, empty)).byteLength, 0);
}
await rejects("OperationError", subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12), tagLength: 40 }, gcmKey, enc("x")));

// Buffers that the caller gives away or changes while an algorithm is read: what they hold then counts.
const given = enc("given away");
const digestOf = (data) => subtle.digest({ get name() { data.buffer.transfer(); return "SHA-256"; } }, data);
if (ArrayBuffer.prototype.transfer !== undefined) {
  equal(hexOf(await digestOf(given)), hexOf(await subtle.digest("SHA-256", new Uint8Array())));
  equal(hexOf(await subtle.digest("SHA-256", given)), hexOf(await subtle.digest("SHA-256", new Uint8Array())));
}
const later = new Uint8Array(16);
const changed = await subtle.importKey("raw", later, { get name() { later[0] = 7; return "AES-GCM"; } }, true, ["encrypt"]);
equal(hexOf(await subtle.exportKey("raw", changed)), "07000000000000000000000000000000");
later[0] = 9;
equal(hexOf(await subtle.exportKey("raw", changed)), "07000000000000000000000000000000");

// names of errors
const p256 = { name: "ECDSA", namedCurve: "P-256" };
await rejects("SyntaxError", subtle.importKey("jwk", { kty: "oct" }, p256, true, ["encapsulateKey"]));
await rejects("DataError", subtle.importKey("jwk", { kty: "oct" }, p256, true, ["verify"]));
await rejects("SyntaxError", subtle.importKey("raw", new Uint8Array(65), p256, true, ["decapsulateBits"]));
await rejects("TypeError", subtle.importKey("raw", new Uint8Array(65), p256, true, ["encapsulate"]));
const agree = await subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveKey"]);
await rejects("InvalidAccessError", subtle.deriveKey({ name: "ECDH", public: gcmKey }, agree.privateKey, { name: "AES-GCM", length: 256 }, true, ["sign"]));
await rejects("SyntaxError", subtle.deriveKey({ name: "ECDH", public: agree.publicKey }, agree.privateKey, { name: "AES-GCM", length: 256 }, true, ["sign"]));

// compressed points
const whole = new Uint8Array(await subtle.exportKey("raw", agree.publicKey));
const half = whole.slice(0, 33);
half[0] = 2 + (whole[64] & 1);
equal(hexOf(await subtle.exportKey("raw", await subtle.importKey("raw", half, { name: "ECDH", namedCurve: "P-256" }, true, []))), hexOf(whole));
const spki = new Uint8Array(await subtle.exportKey("spki", agree.publicKey));
const short = new Uint8Array([0x30, 0x39, ...spki.slice(2, 23), 0x03, 0x22, 0x00, ...half]);
equal(hexOf(await subtle.exportKey("spki", await subtle.importKey("spki", short, { name: "ECDH", namedCurve: "P-256" }, true, []))), hexOf(spki));
half[0] = 5;
await rejects("DataError", subtle.importKey("raw", half, { name: "ECDH", namedCurve: "P-256" }, true, []));
await rejects("DataError", subtle.importKey("raw", new Uint8Array(33).fill(2), { name: "ECDH", namedCurve: "P-521" }, true, []));

// Ed25519: its name in a JSON Web Key, and points of a small order, which sign nothing
const ed = await subtle.generateKey("Ed25519", true, ["sign", "verify"]);
const edJWK = await subtle.exportKey("jwk", ed.publicKey);
equal(edJWK.alg, "Ed25519");
for (const alg of ["Ed25519", "EdDSA", undefined]) await subtle.importKey("jwk", { ...edJWK, alg }, "Ed25519", true, ["verify"]);
await rejects("DataError", subtle.importKey("jwk", { ...edJWK, alg: "ed25519" }, "Ed25519", true, ["verify"]));
const small = await subtle.importKey("raw", unhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"), "Ed25519", false, ["verify"]);
const forged = unhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a" + "00".repeat(32));
assert(!(await subtle.verify("Ed25519", small, forged, unhex("8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6"))));
throws("TypeError", () => new CryptoKey());
