// Numbers of two bytes, as ECMAScript 2025 has them: the language's, and what the web's APIs make of them.
const view = new DataView(new ArrayBuffer(4));
const halves = new Float16Array(2);
const bits = new Uint16Array(halves.buffer);
equal(Float16Array.BYTES_PER_ELEMENT, 2);

// meant is what the bits of a half say.
function meant(b) {
  const sign = b & 0x8000 ? -1 : 1, exponent = (b >> 10) & 31, fraction = b & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

// check reads and writes one of all halves, in each of the ways there are.
function check(b) {
  bits[0] = b;
  view.setUint16(0, b, true);
  const want = meant(b);
  equal(halves[0], want, `halves of ${b}`);
  equal(view.getFloat16(0, true), want, `getFloat16 of ${b}`);
  equal(Math.f16round(want), want, `f16round of ${b}`);
  halves[1] = want;
  view.setFloat16(2, want);
  if (want !== want) return;
  equal(bits[1], b, `halves written of ${b}`);
  equal(view.getUint16(2), b, `setFloat16 of ${b}`);
}
// An engine may compile them meanwhile: nothing changes.
for (let b = 0; b < 65536; b++) check(b);

// round rounds to the nearest, and to the even one where two are as near, without a stop in between.
function round(x) {
  halves[0] = x;
  view.setFloat16(0, x);
  equal(halves[0], Math.f16round(x), `halves of ${x}`);
  equal(view.getFloat16(0), Math.f16round(x), `setFloat16 of ${x}`);
  return Math.f16round(x);
}
const rounds = [
  [2049, 2048], [2051, 2052], [1 + 2 ** -11, 1], [1 + 2 ** -11 + 2 ** -40, 1 + 2 ** -10], [1 + 3 * 2 ** -11, 1 + 2 ** -9],
  [65504, 65504], [65519.99, 65504], [65520, Infinity], [-65520, -Infinity], [2 ** -24, 2 ** -24], [2 ** -25, 0], [-(2 ** -25), -0],
  [2 ** -25 + 2 ** -60, 2 ** -24], [1e308, Infinity], [5e-324, 0], [NaN, NaN], [undefined, NaN], ["1.5", 1.5], [0.1, 0.0999755859375],
];
for (let turn = 0; turn < 500; turn++) for (const [x, want] of rounds) equal(round(x), want, `${x} rounded`);
throws("TypeError", () => { halves[0] = 1n; });

// The web's APIs.
const some = new Float16Array([1.5, -2, 65504]);
const raw = [0x00, 0x3e, 0x00, 0xc0, 0xff, 0x7b];
const copy = structuredClone({ some, part: some.subarray(1) });
assert(copy.some instanceof Float16Array && copy.some !== some && copy.part.buffer === copy.some.buffer);
same([...copy.some, ...copy.part], [1.5, -2, 65504, -2, 65504]);
const moved = new Float16Array([3]);
same([...structuredClone(moved, { transfer: [moved.buffer] })], [3]);
equal(moved.length, 0);
throws("TypeMismatchError", () => crypto.getRandomValues(new Float16Array(6)));
bytesEqual(await new Blob([some, some.subarray(2)]).bytes(), [...raw, 0xff, 0x7b]);
bytesEqual(await new Response(some).bytes(), raw);
equal(new TextDecoder("utf-16le").decode(new Float16Array(new Uint16Array([104, 105]).buffer)), "hi");
throws("TypeError", () => new TextEncoder().encodeInto("x", new Float16Array(2)));
equal(new Uint8Array(await crypto.subtle.digest("SHA-256", some)).join(), new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(raw))).join());
const zipped = new CompressionStream("gzip"), writer = zipped.writable.getWriter();
const whole = new Response(zipped.readable.pipeThrough(new DecompressionStream("gzip"))).bytes();
await writer.write(some);
await writer.close();
bytesEqual(await whole, raw);
const byob = new ReadableStream({ type: "bytes", pull(c) { c.enqueue(new Uint8Array(raw)); c.close(); } }).getReader({ mode: "byob" });
const { value } = await byob.read(new Float16Array(3));
assert(value instanceof Float16Array);
same([...value], [1.5, -2, 65504]);
if (internals.formatLog !== undefined) equal(internals.formatLog([some]), "Float16Array(3) [ 1.5, -2, 65504 ]");
