const r = await fetch(SERVER + "/hello");
assert(r instanceof Response && r.ok && r.type === "basic");
equal(r.status, 200);
equal(r.statusText, "OK");
equal(r.url, SERVER + "/hello");
equal(r.headers.get("x-one"), "1");
equal(r.headers.get("x-latin"), "caf\xe9");
same(r.headers.getSetCookie(), ["a=1", "b=2"]);
throws("TypeError", () => r.headers.set("a", "b"));
equal(await r.clone().text(), "hello, wörld");
equal(await r.text(), "hello, wörld");

const all = await (await fetch(SERVER + "/all")).bytes();
equal(all.length, 256);
for (let i = 0; i < 256; i++) equal(all[i], i);
const echoed = await (await fetch(SERVER + "/echo?q=1#frag", {
  method: "POST", body: all, headers: { "X-A": "b", Host: "evil", "Content-Length": "1", Connection: "close", "X-Latin": "\xe9" },
})).json();
equal(echoed.method, "POST");
equal(echoed.url, "/echo?q=1");
same(echoed.bytes, Array.from(all));
equal(echoed.length, 256);
equal(echoed.headers["x-a"], "b");
assert(!echoed.host.includes("evil"));
equal(echoed.headers["user-agent"], "Isolane");
equal(echoed.headers.accept, "*/*");
const text = await (await fetch(new Request(SERVER + "/echo", { method: "PUT", body: "ü" }))).json();
equal(text.body, "ü");
equal(text.headers["content-type"], "text/plain;charset=UTF-8");
equal((await (await fetch(new URL(SERVER + "/echo"), { method: "DELETE" })).json()).method, "DELETE");
const empty = await (await fetch(SERVER + "/echo", { method: "POST" })).json();
equal(empty.length, 0);
equal((await (await fetch(SERVER + "/echo", { headers: { "User-Agent": "mine" } })).json()).headers["user-agent"], "mine");

const missing = await fetch(SERVER + "/status/404");
assert(!missing.ok && missing.status === 404);
equal((await fetch(SERVER + "/status/204")).body, null);
equal(await (await fetch(SERVER + "/hello", { method: "HEAD" })).text(), "");
equal((await (await fetch(SERVER + "/gzip/5000")).bytes()).length, 5000);

const hops = await fetch(SERVER + "/redirect/3");
assert(hops.redirected);
equal(hops.url, SERVER + "/echo");
const manual = await fetch(SERVER + "/redirect/1", { redirect: "manual" });
equal(manual.status, 302);
equal(manual.headers.get("location"), "/echo");
await rejects("TypeError", fetch(SERVER + "/redirect/1", { redirect: "error" }), "redirect");
await rejects("TypeError", fetch(SERVER + "/redirect/21"), "more than 20 redirects");
equal((await fetch(SERVER + "/redirect/20")).status, 200);

await rejects("TypeError", fetch("http://other.test/"), 'permissions: { net: ["other.test"] }');
await rejects("TypeError", fetch(SERVER + "/to/302?url=" + encodeURIComponent("http://169.254.169.254/latest")), "169.254.169.254");
await rejects("TypeError", fetch("ftp://x/"), "scheme");
await rejects("TypeError", fetch("nope"), "invalid URL");
await rejects("TypeError", fetch());
await rejects("TypeError", fetch(SERVER + "/big/2000000").then((r) => r.text()), "body limit of 1MiB");
await rejects("TypeError", fetch(SERVER + "/big/2000000?length").then((r) => r.text()), "body limit of 1MiB");
await rejects("TypeError", fetch(SERVER + "/gzip/20000000").then((r) => r.text()), "body limit");
await rejects("TypeError", fetch(SERVER + "/broken").then((r) => r.text()));
const parallel = await Promise.all(Array.from({ length: 20 }, async (_, i) => (await fetch(SERVER + "/echo?" + i)).json()));
parallel.forEach((p, i) => equal(p.url, "/echo?" + i));
