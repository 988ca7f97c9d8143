const a = crypto.getRandomValues(new Uint8Array(32));
assert(a.some((b) => b !== 0));
const wide = new Uint32Array(4);
equal(crypto.getRandomValues(wide), wide);
const part = new Uint8Array(8);
crypto.getRandomValues(part.subarray(4));
same(Array.from(part.subarray(0, 4)), [0, 0, 0, 0]);
throws("QuotaExceededError", () => crypto.getRandomValues(new Uint8Array(65537)));
equal(crypto.getRandomValues(new Uint8Array(65536)).length, 65536);
throws("TypeMismatchError", () => crypto.getRandomValues(new Float32Array(1)));
throws("TypeMismatchError", () => crypto.getRandomValues(new DataView(new ArrayBuffer(1))));
throws("TypeError", () => crypto.getRandomValues());
const ids = new Set();
for (let i = 0; i < 50; i++) {
  const id = crypto.randomUUID();
  assert(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id), id);
  ids.add(id);
}
equal(ids.size, 50);
throws("TypeError", () => new Crypto());
assert(crypto instanceof Crypto);
