// ctx.kv, with a host in memory (fakehost_test.go) behind it.
const carts = internals.newBucket(start, "carts");
equal(carts.name, "carts");
equal(carts.constructor, Object, "the class cannot be had");
equal(await carts.get("a"), null);
equal(await carts.put("a", { items: 1 }), 1);
const entry = await carts.get("a");
same(entry.json(), { items: 1 });
equal(entry.text(), '{"items":1}');
same([entry.key, entry.revision, entry.created], ["a", 1, 1234]);
equal(await carts.put("b.c", new Uint8Array([0, 255])), 2);
bytesEqual((await carts.get("b.c")).bytes(), [0, 255]);
equal(await carts.put("text", "line\nline"), 3);
equal((await carts.get("text")).text(), "line\nline");
equal(await carts.put("none", ""), 4);
equal((await carts.get("none")).text(), "");
equal(await carts.put("null", null), 5);
equal((await carts.get("null")).json(), null);

equal(await carts.create("new", 1), 6);
await rejects("ConflictError", carts.create("new", 2), "another revision");
equal(await carts.update("new", 3, 6), 7);
await rejects("ConflictError", carts.update("new", 4, 6), "another revision");
equal((await carts.get("new")).json(), 3);
equal(await carts.get("new", { revision: 6 }), null);
equal((await carts.get("new", { revision: 7 })).json(), 3);
await rejects("ConflictError", carts.delete("new", { revision: 6 }));
equal(await carts.delete("new", { revision: 7 }), undefined);
equal(await carts.get("new"), null);
await carts.delete("never");

same(await carts.keys(), ["a", "b.c", "none", "null", "text"]);
same(await carts.keys({ filter: "b.>" }), ["b.c"]);
await rejects("TooLargeError", carts.keys({ limit: 2 }), "more than 2 keys");

await rejects("TypeError", carts.put("a"), "no value was given");
await rejects("TypeError", carts.put(1, "x"), "the key must be a string");
for (const key of ["", ".", "a.", ".a", "a..b", "a b", "a*", ">", "\u00e9", "a\n", "k".repeat(300)]) {
  await rejects("TypeError", carts.put(key, "x"), "is no key");
  await rejects("TypeError", carts.get(key), "is no key");
}
for (const filter of ["a b", "a*", "a.>.b", "", "a..b"]) await rejects("TypeError", carts.keys({ filter }), "is no key");
same(await carts.keys({ filter: ">" }), await carts.keys());
for (const revision of [0, -1, 1.5, NaN, "1", null, undefined, 2 ** 60]) {
  await rejects("TypeError", carts.update("a", "x", revision), "the revision must be a whole number");
}
for (const limit of [0, -1, 1.5, "7", 10001]) await rejects("TypeError", carts.keys({ limit }), "limit must be");
await rejects("TypeError", carts.put("a", 1n), "a bigint cannot be sent");
await rejects("TypeError", carts.put("a", new Response("x")), "a Response cannot be sent");
await rejects("TooLargeError", carts.put("a", "x".repeat(5000)), "5000 bytes");
await rejects("TooLargeError", carts.put("a", "\u20ac".repeat(2000)), "6000 bytes");

throws("TypeError", () => internals.newBucket(start, 5), "the bucket's name must be a string");
const other = internals.newBucket(start, "other");
await rejects("PermissionDeniedError", other.get("a"), 'the bucket "other" is not permitted: add to the manifest permissions: { kv: ["other"] }');
await rejects("PermissionDeniedError", other.put("a", 1), "not permitted");
await rejects("PermissionDeniedError", other.keys(), "not permitted");
await rejects("PermissionDeniedError", internals.newBucket(start, "isolane").get("runtimes.total"), "no manifest can grant it");
await rejects("PermissionDeniedError", internals.newBucket(start, "carts.x").get("a"), "no manifest can grant it");
await rejects("TypeError", carts.get.call({}, "a"), "Illegal invocation");
await rejects("TypeError", Object.create(Object.getPrototypeOf(carts)).put("a", 1), "Illegal invocation");
throws("TypeError", () => Object.create(Object.getPrototypeOf(entry)).text(), "Illegal invocation");
