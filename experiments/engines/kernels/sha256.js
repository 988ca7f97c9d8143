// FIPS 180-4, over 4 KiB.
const K = [], primes = [];
for (let n = 2; K.length < 64; n++) if (primes.every((p) => n % p)) { primes.push(n); K.push((Math.cbrt(n) % 1) * 2 ** 32 | 0); }
export default () => {
  const h = primes.slice(0, 8).map((p) => (Math.sqrt(p) % 1) * 2 ** 32 | 0), w = new Int32Array(64), turn = (x, n) => (x >>> n) | (x << (32 - n));
  const data = new Uint8Array(4096 + 64);
  for (let i = 0; i < 4096; i++) data[i] = i;
  data[4096] = 128; data[data.length - 2] = (4096 * 8) >> 8;
  for (let at = 0; at < data.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = (data[at + 4 * i] << 24) | (data[at + 4 * i + 1] << 16) | (data[at + 4 * i + 2] << 8) | data[at + 4 * i + 3];
    for (let i = 16; i < 64; i++) w[i] = (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10)) + w[i - 7] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3)) + w[i - 16] | 0;
    let [a, b, c, d, e, f, g, k] = h;
    for (let i = 0; i < 64; i++) {
      const t = k + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i] | 0;
      const u = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c)) | 0;
      k = g; g = f; f = e; e = d + t | 0; d = c; c = b; b = a; a = t + u | 0;
    }
    [a, b, c, d, e, f, g, k].forEach((v, i) => { h[i] = h[i] + v | 0; });
  }
  return h.map((v) => (v >>> 0).toString(16).padStart(8, "0")).join("");
};
