const blob = new Blob(["a", new Uint8Array([66]), new Uint8Array([67, 68]).buffer, new Blob(["e"]), 5], { type: "Text/Plain" });
equal(blob.size, 6);
equal(blob.type, "text/plain");
equal(await blob.text(), "aBCDe5");
equal(await blob.slice(1, -1, "x/y").text(), "BCDe");
equal(blob.slice(1, 2, "x/y").type, "x/y");
equal(await new Response(blob.stream()).text(), "aBCDe5");
bytesEqual(new Uint8Array(await blob.slice(0, 1).arrayBuffer()), [97]);
bytesEqual(await blob.slice(5).bytes(), [53]);
for (const [from, to, want] of [[0.5, 1.5, "ab"], [1.5, 2.5, ""], [2.5, 3.5, "cd"], [-1.5, 9, "cd"], [-0.5, 0.4, ""], [NaN, Infinity, "abcd"], [0.6, 3.6, "bcd"]]) {
  equal(await new Blob(["abcd"]).slice(from, to).text(), want, `${from} ${to}`);
}
equal(new Blob(["a\r\nb\rc"], { endings: "native" }).size, 5);
equal(new Blob([], { type: "a\u0000b" }).type, "");
throws("TypeError", () => new Blob("text"));
throws("TypeError", () => new Blob([], { endings: "x" }));
throws("TypeError", () => Object.getOwnPropertyDescriptor(Blob.prototype, "size").get.call({}));

const file = new File(["content"], "a.txt", { type: "text/plain", lastModified: 12.7 });
equal(file.name, "a.txt");
equal(file.lastModified, 12);
assert(file instanceof Blob);
equal(await file.text(), "content");
throws("TypeError", () => new File([]));
const cloned = structuredClone({ file }).file;
assert(cloned instanceof File && cloned !== file);
equal(cloned.name + cloned.size, "a.txt7");
equal(internals.formatLog([file]), "File { name: 'a.txt', size: 7, type: 'text/plain' }");

const form = new FormData();
form.append("name", "Ad\"a\r\n");
form.append("name", "two");
form.append("file", file);
form.append("blob", new Blob(["x"]), "b\"c.bin");
equal(form.get("name"), "Ad\"a\r\n");
equal(form.getAll("name").length, 2);
equal(form.get("blob").name, "b\"c.bin");
equal([...form.keys()].join(), "name,name,file,blob");
form.set("name", "Ada");
equal([...form].length, 3);
assert(form.has("file") && !form.has("nope"));
form.delete("blob");
equal([...form.keys()].join(), "name,file");
throws("TypeError", () => form.append("x", "y", "z"));

const response = new Response(form);
assert(response.headers.get("content-type").startsWith("multipart/form-data; boundary=----isolane-form-"));
const back = await response.formData();
equal(back.get("name"), "Ada");
equal(back.get("file").name, "a.txt");
equal(back.get("file").type, "text/plain");
equal(await back.get("file").text(), "content");
const odd = new FormData();
odd.append("a\"b\n", "1\n2");
odd.append("f", new File([new Uint8Array([0, 255, 13, 10])], "\u00fc\"x"));
const again = await new Response(odd).formData();
equal(again.get("a\"b\r\n"), "1\r\n2");
equal(again.get("f").name, "\u00fc\"x");
bytesEqual(await again.get("f").bytes(), [0, 255, 13, 10]);
const encoded = await new Response(new URLSearchParams({ a: "1 2", b: "\u20ac" })).formData();
equal(encoded.get("a") + encoded.get("b"), "1 2\u20ac");
await rejects("TypeError", new Response("x").formData(), "Content-Type");
await rejects("TypeError", new Response("x", { headers: { "content-type": "multipart/form-data; boundary=q" } }).formData(), "multipart");
equal(await (await fetch(SERVER + "/form", { method: "POST", body: form })).text(), 'Ada a.txt text/plain "content"');

const typed = await new Response("x", { headers: { "content-type": "Text/HTML; Charset=UTF-8" } }).blob();
equal(typed.type, "text/html;charset=UTF-8");
equal(new Request("http://x/", { method: "POST", body: blob }).headers.get("content-type"), "text/plain");
