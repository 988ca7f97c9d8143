equal(typeof fetch, "function");
equal(new URL("/x?y=1#z", "http://example.com:80").href, "http://example.com/x?y=1#z");
equal(new TextDecoder().decode(new TextEncoder().encode("h\u00e9")), "h\u00e9");
await delay(1);
const r = await fetch(SERVER + "/hello");
equal(await r.text(), "hello, w\u00f6rld");
