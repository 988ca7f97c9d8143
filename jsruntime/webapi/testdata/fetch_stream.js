// down: chunks as they come, and nothing of what is not read
const ticks = await fetch(SERVER + "/ticks/3");
let text = "";
for await (const chunk of ticks.body.pipeThrough(new TextDecoderStream())) text += chunk;
equal(text, "tick 0\ntick 1\ntick 2\n");
const endless = await fetch(SERVER + "/endless");
const reader = endless.body.getReader();
const first = await reader.read();
assert(first.value.length > 0 && first.value.length <= 65536);
await reader.cancel();
const byob = (await fetch(SERVER + "/all")).body.getReader({ mode: "byob" });
equal((await byob.read(new Uint8Array(10))).value.length, 10);
await byob.cancel();
const whole = await fetch(SERVER + "/big/3000000");
let size = 0;
for await (const chunk of whole.body) size += chunk.length;
equal(size, 3000000, "a stream may be longer than a body that is read whole");

// up
const up = (body, more) => fetch(SERVER + "/upload", { method: "POST", body, duplex: "half", ...more });
equal(await (await up(ReadableStream.from([new Uint8Array(70000), new Uint8Array(0), new Uint8Array(5)]))).text(), "70005 -1 <nil>");
equal(await (await up((await fetch(SERVER + "/big/100000")).body)).text(), "100000 -1 <nil>");
await rejects("RangeError", up(new ReadableStream({ pull() { throw new RangeError("mine"); } })), "mine");
await rejects("TypeError", up(ReadableStream.from(["text"])), "no Uint8Array");
await rejects("TypeError", fetch(SERVER + "/to/307?url=/upload", { method: "POST", body: ReadableStream.from([new Uint8Array(1)]), duplex: "half" }), "can be sent once");
let canceled;
const endlessly = new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1000)); }, cancel(e) { canceled = e; } });
const c = new AbortController();
setTimeout(() => c.abort(), 20);
await rejects("AbortError", up(endlessly, { signal: c.signal }));
for (let i = 0; canceled === undefined && i < 1000; i++) await new Promise((r) => setTimeout(r, 1));
assert(canceled !== undefined, "the source is told");

// a signal ends a body that is read
const a = new AbortController();
const hanging = await fetch(SERVER + "/hang?body", { signal: a.signal });
const hung = hanging.body.getReader();
equal(new TextDecoder().decode((await hung.read()).value), "begin");
const next = rejects("RangeError", hung.read(), "enough");
a.abort(new RangeError("enough"));
await next;
const b = new AbortController();
const idle = await fetch(SERVER + "/hang?body", { signal: b.signal });
idle.body;
b.abort();
await rejects("AbortError", idle.text());
// and those that are left open are closed with the invocation
await fetch(SERVER + "/endless");
(await fetch(SERVER + "/endless")).body.getReader().read();
