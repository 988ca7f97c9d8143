// ctx.nats, with a host in memory (fakehost_test.go) behind it.
const nats = internals.newNats(start);
equal(nats.publish.length, 1);
equal(nats.constructor, Object, "the class cannot be had");
const last = async () => {
  const seen = (await nats.request("last")).json();
  seen.data = atob(seen.data || "");
  return seen;
};

// What is sent, and how.
equal(await nats.publish("a.b", "text"), undefined);
same([(await last()).data, (await last()).subject], ["text", "a.b"]);
await nats.publish("a.b", { a: [1, "x"] });
equal((await last()).data, '{"a":[1,"x"]}');
await nats.publish("a.b", null);
equal((await last()).data, "null");
await nats.publish("a.b");
equal((await last()).data, "");
await nats.publish("a.b", new Uint8Array([0, 255, 10]));
equal((await last()).data, "\x00\xff\n");
await nats.publish("a.b", new Uint16Array([0x4241]).buffer);
equal((await last()).data, "AB");
await nats.publish("a.b", "line\nline\n");
equal((await last()).data, "line\nline\n", "line breaks are the payload's");
await nats.publish("a.b", "\ud800");
equal((await last()).data, "\xef\xbf\xbd", "a lone surrogate");
const mine = new Uint8Array([65]);
const sent = nats.publish("a.b", mine);
mine[0] = 66;
await sent;
equal((await last()).data, "A", "the bytes are those of the call");

// Headers, ids, acknowledgements.
await nats.publish("a.b", "x", { headers: { "X-One": "1", two: " 2 " }, msgId: "mine" });
same((await last()).header, { "X-One": ["1"], two: ["2"] });
equal((await last()).id, "mine");
await nats.publish("a.b", "x", { headers: new Headers([["x-a", "1"], ["x-a", "2"]]) });
same((await last()).header, { "x-a": ["1", "2"] });
same(await nats.publish("a.b", "x", { ack: true, msgId: "m1" }), { stream: "S", sequence: 7, duplicate: false });
same(await nats.publish("a.b", "x", { ack: true, msgId: "m1" }), { stream: "S", sequence: 7, duplicate: true });

// A reply is like a message.
const reply = await nats.request("echo", { n: 1 }, { headers: { "X-In": "yes" } });
equal(reply.subject, "echo");
equal(reply.text(), '{"n":1}');
same(reply.json(), { n: 1 });
bytesEqual(reply.bytes(), [123, 34, 110, 34, 58, 49, 125]);
assert(reply.bytes() !== reply.bytes(), "fresh bytes");
equal(reply.headers.get("x-in"), "yes");
assert(reply.headers instanceof Headers);
const empty = await nats.request("empty");
equal(empty.text(), "");
bytesEqual(empty.bytes(), []);
throws("SyntaxError", () => empty.json());
equal((await nats.request("echo", "h\u00e9\u20ac")).text(), "h\u00e9\u20ac");

// What goes wrong.
await rejects("TypeError", nats.publish(), "the subject must be a string");
await rejects("TypeError", nats.publish(5, "x"), "the subject must be a string");
await rejects("TypeError", nats.publish("", "x"), "empty token");
await rejects("TypeError", nats.publish("a..b", "x"), "empty token");
await rejects("TypeError", nats.publish("a.*", "x"), "wildcard");
await rejects("TypeError", nats.publish("a.>", "x"), "wildcard");
await rejects("TypeError", nats.publish("a b", "x"), "white space");
await rejects("TypeError", nats.publish("a\r\nPUB x 0", "x"), "white space or a control");
await rejects("TypeError", nats.publish("a.b", () => 1), "a function cannot be sent");
await rejects("TypeError", nats.publish("a.b", 1n), "a bigint cannot be sent");
await rejects("TypeError", nats.publish("a.b", { deep: [1n] }), "nats.publish cannot be written as JSON: deep[0] is a BigInt");
await rejects("TypeError", nats.publish("a.b", new Response("x")), "a Response cannot be sent");
await rejects("TypeError", nats.publish("a.b", "x", 5), "the options must be an object");
await rejects("TypeError", nats.publish("a.b", "x", { headers: { "a b": "1" } }), "Invalid header name");
await rejects("TypeError", nats.publish("a.b", "x", { headers: { a: "1\n2" } }), "Invalid header value");
await rejects("TypeError", nats.publish("a.b", "x", { msgId: 5 }), "msgId must be a string");
await rejects("TypeError", nats.publish("a.b", "x", { msgId: "x".repeat(300) }), "msgId has 300 bytes");
await rejects("TypeError", nats.publish("a.b", "x", { signal: {} }), "signal is not an AbortSignal");
for (const timeout of [0, -1, NaN, Infinity, "soon", null]) {
  await rejects("TypeError", nats.request("echo", "x", { timeout }), "timeout must be a positive number");
}
await rejects("TooLargeError", nats.publish("a.b", "x".repeat(5000)), "5000 bytes are more than the server takes, 4096");
await rejects("TooLargeError", nats.publish("a.b", new Uint8Array(5000)), "5000 bytes");
await rejects("TooLargeError", nats.publish("a.b", "\u20ac".repeat(2000)), "6000 bytes");
await rejects("PermissionDeniedError", nats.publish("c", "x"), 'nats.publish: "c" is not permitted: add to the manifest permissions: { nats: { publish: ["c"] } }');
await rejects("PermissionDeniedError", nats.request("a.b", "x"), 'add to the manifest permissions: { nats: { request: ["a.b"] } }');
await rejects("PermissionDeniedError", nats.publish("$JS.API.INFO"), "no manifest can grant it");
await rejects("PermissionDeniedError", nats.publish("_INBOX.a"), "permissions: { nats: { publish: [\"_INBOX.a\"] } }");
await rejects("ConnectionError", nats.publish("away", "x"), "the server is away");
await rejects("NoRespondersError", nats.request("nobody"), "nobody listens");
await rejects("TimeoutError", nats.request("slow", "x", { timeout: 5 }), "no answer within 5ms");
const failed = await rejects("ServiceError", nats.request("fails"), "fails answered 408: too late");
equal(failed.code, 408);
equal(failed.outcome, "timeout");
equal(failed.reply.text(), "why");
assert(failed instanceof Error);

await rejects("ServiceError", nats.request("chain"), "chain answered 500: LoopError: too deep");
await rejects("ServiceError", nats.request("odd"), "odd answered 500: ServiceError: answered by none");

// A signal ends what waits.
const controller = new AbortController();
const aborted = nats.request("slow", "x", { signal: controller.signal });
controller.abort();
await rejects("AbortError", aborted);
await rejects("AbortError", nats.publish("slow", "x", { signal: AbortSignal.abort() }));
await rejects("TimeoutError", nats.publish("slow", "x", { signal: AbortSignal.timeout(1) }));

// Nothing can be forged, and what a function changes is its own.
throws("TypeError", () => Object.create(Object.getPrototypeOf(reply)).text(), "Illegal invocation");
await rejects("TypeError", Object.create(Object.getPrototypeOf(nats)).publish("a.b"), "Illegal invocation");
await rejects("TypeError", nats.publish.call({}, "a.b"), "Illegal invocation");
equal(Reflect.ownKeys(nats).length, 0);
