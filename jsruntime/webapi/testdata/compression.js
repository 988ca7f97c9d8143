const text = "the same again, ".repeat(20000);
const packed = (format, body) => new Response(new Response(body).body.pipeThrough(new CompressionStream(format)));
const unpacked = (format, body) => new Response(new Response(body).body.pipeThrough(new DecompressionStream(format)));
for (const format of ["gzip", "deflate", "deflate-raw", "brotli"]) {
  const small = await packed(format, text).bytes();
  assert(small.length < text.length / 50, format);
  equal(await unpacked(format, small).text(), text);
  await rejects("TypeError", unpacked(format, small.subarray(0, small.length - 1)).text());
  const more = new Uint8Array(small.length + 1);
  more.set(small);
  await rejects("TypeError", unpacked(format, more).text(), format === "brotli" ? "excessive input" : "more behind the end");
  await rejects("TypeError", unpacked(format, "not compressed").text());
  equal(await unpacked(format, await packed(format, "").bytes()).text(), "");
}
throws("TypeError", () => new CompressionStream("zstd"), "format");
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

// What came out before the data went wrong is read.
const good = await packed("deflate", "before").bytes();
const extra = new DecompressionStream("deflate");
const w3 = extra.writable.getWriter();
w3.closed.catch(() => {});
const r3 = extra.readable.getReader();
const began = r3.read();
await rejects("TypeError", w3.write(new Uint8Array([...good, 0])), "more behind the end");
equal(new TextDecoder().decode((await began).value), "before");
await rejects("TypeError", r3.read(), "more behind the end");

// Windows of brotli are counted with what is being fetched: of 16 MiB each, which the first byte
// asks for, four have room, or three where something else is held.
const begin = async () => {
  const w = new DecompressionStream("brotli").writable.getWriter();
  w.closed.catch(() => {});
  await w.write(new Uint8Array([0x0f]));
  return w;
};
const windows = [];
let full;
while (full === undefined) await begin().then((w) => windows.push(w), (e) => { full = e; });
equal(full.name, "TypeError");
assert(full.message.includes("buffers limit") && (windows.length === 3 || windows.length === 4), full.message);
await windows[0].abort();
for (let room = false; !room;) {
  room = await begin().then(() => true, (e) => e.name !== "TypeError");
  await new Promise((resolve) => { setTimeout(resolve, 1); });
}
