// The streams are a library's, which has its own tests; what is looked at here is that
// they are all there, and what the host adds to them.
for (const name of ["ReadableStream", "WritableStream", "TransformStream", "ByteLengthQueuingStrategy", "CountQueuingStrategy",
  "ReadableStreamDefaultReader", "ReadableStreamBYOBReader", "ReadableStreamBYOBRequest", "ReadableStreamDefaultController",
  "ReadableByteStreamController", "WritableStreamDefaultController", "WritableStreamDefaultWriter", "TransformStreamDefaultController",
  "TextEncoderStream", "TextDecoderStream", "CompressionStream", "DecompressionStream"]) {
  equal(typeof globalThis[name], "function", name);
  equal(globalThis[name].name, name);
}

const source = new ReadableStream({
  start(c) { c.enqueue("a"); c.enqueue("b"); c.close(); },
});
const seen = [];
for await (const chunk of source.pipeThrough(new TransformStream({ transform(chunk, c) { c.enqueue(chunk + "!"); } }))) seen.push(chunk);
equal(seen.join(), "a!,b!");
equal((await Array.fromAsync(ReadableStream.from([1, 2, 3]))).join(), "1,2,3");

// bytes, read into a buffer of one's own
const bytes = new ReadableStream({ type: "bytes", pull(c) { c.enqueue(new Uint8Array([1, 2, 3, 4])); c.close(); } });
const byob = bytes.getReader({ mode: "byob" });
const into = await byob.read(new Uint8Array(2));
bytesEqual(into.value, [1, 2]);
bytesEqual((await byob.read(new Uint8Array(8))).value, [3, 4]);

// back pressure: a writer waits for its reader
const { readable, writable } = new TransformStream();
const writer = writable.getWriter();
equal(writer.desiredSize, 1);
const wrote = writer.write("x");
equal(writer.desiredSize, 0);
const reader = readable.getReader();
equal((await reader.read()).value, "x");
await wrote;
const failure = new RangeError("mine");
await writer.abort(failure);
await rejects("RangeError", reader.read(), "mine");

// a signal ends a pipe
const c = new AbortController();
const piped = new ReadableStream({ pull(k) { k.enqueue(1); } }).pipeTo(new WritableStream({ write: () => new Promise((r) => setTimeout(r, 1)) }), { signal: c.signal });
setTimeout(() => c.abort(), 5);
await rejects("AbortError", piped);

// bodies
equal(await new Response(ReadableStream.from([new TextEncoder().encode("he"), new TextEncoder().encode("llo")])).text(), "hello");
await rejects("TypeError", new Response(ReadableStream.from(["text"])).text(), "no Uint8Array");
const once = new Response("x");
const got = [];
for await (const chunk of once.body) got.push(...chunk);
bytesEqual(new Uint8Array(got), [120]);
assert(once.bodyUsed);
await rejects("TypeError", once.text(), "unusable");
const locked = new Response("x");
locked.body.getReader();
assert(!locked.bodyUsed);
await rejects("TypeError", locked.text(), "unusable");
throws("TypeError", () => locked.clone(), "locked");
throws("TypeError", () => new Response(locked.body), "locked");
const two = new Response(ReadableStream.from([new Uint8Array([65, 66])]));
const copy = two.clone();
equal(await two.text() + (await copy.text()), "ABAB");
const read = new Response("x");
await read.text();
assert(read.body.locked || read.bodyUsed);
throws("TypeError", () => new Request("http://x/", { method: "POST", body: ReadableStream.from([]) }), "duplex");
equal(new Response(null).body, null);
const request = new Request("http://x/", { method: "POST", body: ReadableStream.from([new Uint8Array([67])]), duplex: "half" });
const moved = new Request(request);
assert(request.bodyUsed);
equal(await moved.text(), "C");
const empty = await fetch(SERVER + "/status/200");
assert(empty.body instanceof ReadableStream);
equal(await empty.text(), "");
equal((await fetch(SERVER + "/status/204")).body, null);
equal(internals.formatLog([new Response("x").body]), "ReadableStream { locked: false }");
