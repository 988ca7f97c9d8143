const text = "the same again, ".repeat(20000);
const packed = (format, body) => new Response(new Response(body).body.pipeThrough(new CompressionStream(format)));
const unpacked = (format, body) => new Response(new Response(body).body.pipeThrough(new DecompressionStream(format)));
for (const format of ["gzip", "deflate", "deflate-raw"]) {
  const small = await packed(format, text).bytes();
  assert(small.length < text.length / 50, format);
  equal(await unpacked(format, small).text(), text);
  await rejects("TypeError", unpacked(format, small.subarray(0, small.length - 1)).text());
  const more = new Uint8Array(small.length + 1);
  more.set(small);
  await rejects("TypeError", unpacked(format, more).text(), "more behind the end");
  await rejects("TypeError", unpacked(format, "not compressed").text());
  equal(await unpacked(format, await packed(format, "").bytes()).text(), "");
}
throws("TypeError", () => new CompressionStream("brotli"), "format");
throws("TypeError", () => new CompressionStream());
const bad = new CompressionStream("gzip");
const writer = bad.writable.getWriter();
writer.closed.catch(() => {});
const reader = bad.readable.getReader();
const failed = rejects("TypeError", reader.read());
await rejects("TypeError", writer.write("text"));
await failed;

// A bomb is held up by its reader: 16 MiB of zeros come out of 16 KiB, a chunk at a time.
const bomb = await packed("gzip", new ReadableStream({
  n: 0,
  pull(c) { this.n++ < 64 ? c.enqueue(new Uint8Array(1 << 18)) : c.close(); },
})).bytes();
assert(bomb.length < 25000);
const slow = unpacked("gzip", bomb).body.getReader();
const chunk = await slow.read();
assert(chunk.value.length <= 65536);
await slow.cancel();

// given up, and dropped without a word
const dropped = new DecompressionStream("gzip");
dropped.writable.getWriter().write(bomb.subarray(0, 1000)).catch(() => {});
// What is written is worked off when the write resolves: bad data rejects it.
const garbage = new DecompressionStream("gzip");
const w2 = garbage.writable.getWriter();
w2.closed.catch(() => {});
const r2 = rejects("TypeError", garbage.readable.getReader().read());
await rejects("TypeError", w2.write(new Uint8Array(100)));
await r2;
