package main

// entry is one part of the API.
type entry struct {
	group, name string
	// check is the body of an async function that returns true where the part is there and
	// does its work. It throws, or returns anything else, where not.
	check string
	// differs is what a browser does otherwise, or where missing is set, why it is not there.
	differs string
	missing bool
	// lacking is why QuickJS has it not; "" where it has.
	lacking string
}

const helpers = `
const enc = (t) => new TextEncoder().encode(t);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const all = async (stream) => { const out = []; for await (const x of stream) out.push(x); return out };
const throwsName = (f) => { try { f(); return ""; } catch (e) { return e.name; } };
`

var entries = []entry{
	{group: "Events and aborting", name: "`Event`, `EventTarget`, `CustomEvent`", check: `const t = new EventTarget(); let got; t.addEventListener("x", (e) => { got = e.detail; e.preventDefault() }, { once: true }); return !t.dispatchEvent(new CustomEvent("x", { detail: 5, cancelable: true })) && got === 5 && new Event("y").type === "y"`, differs: "there is no tree: an event has its target alone"},
	{group: "Events and aborting", name: "`ErrorEvent`", check: `return new ErrorEvent("error", { message: "m", error: 1 }).message === "m"`},
	{group: "Events and aborting", name: "`PromiseRejectionEvent`", check: `const promise = Promise.resolve(); return new PromiseRejectionEvent("x", { promise, reason: 1 }).promise === promise`, differs: "made for `unhandledrejection` and `rejectionhandled`"},
	{group: "Events and aborting", name: "`MessageEvent`, `MessageChannel`, `MessagePort`", check: `const { port1, port2 } = new MessageChannel(); const got = new Promise((r) => { port1.onmessage = (e) => r(e) }); port2.postMessage({ a: 1 }); const e = await got; return e instanceof MessageEvent && e.data.a === 1`, differs: "ports cannot be transferred: there is no other scope; a message needs an invocation"},
	{group: "Events and aborting", name: "`AbortController`, `AbortSignal`", check: `const c = new AbortController(), any = AbortSignal.any([c.signal]); c.abort(7); const t = AbortSignal.timeout(1); await new Promise((r) => t.addEventListener("abort", r)); return any.reason === 7 && t.reason.name === "TimeoutError" && AbortSignal.abort().aborted`, differs: "`timeout` needs an invocation"},
	{group: "Events and aborting", name: "`DOMException`", check: `const e = new DOMException("m", "AbortError"); return e.code === 20 && e instanceof Error && e.stack.length > 0`},
	{group: "Events and aborting", name: "`reportError`", check: `let got; onerror = (m) => { got = m; return true }; reportError(new Error("told")); return got === "Uncaught Error: told"`, differs: "it goes to the log where no listener deals with it"},
	{group: "Events and aborting", name: "`onerror`, `onunhandledrejection`, `onrejectionhandled`, `addEventListener` of the global scope", check: `const got = []; onunhandledrejection = (e) => { got.push(e.reason); return false }; onrejectionhandled = (e) => got.push("handled"); addEventListener("error", (e) => { got.push(e.error); e.preventDefault() }); const p = Promise.reject(1), q = Promise.reject(2); reportError(3); await new Promise((r) => setTimeout(r, 1)); onunhandledrejection = (e) => got.push(e.reason); const l = Promise.reject(4); await new Promise((r) => setTimeout(r, 1)); l.catch(() => {}); await new Promise((r) => setTimeout(r, 1)); return same(got, [3, 1, 2, 4, "handled"])`, differs: "told at the end of a turn; what no listener deals with goes to the log, eight of them in a turn, and what a call throws to its caller"},

	{group: "Data", name: "`structuredClone`", check: `const o = { m: new Map([[1, new Set([2])]]), d: new Date(0), r: /x/g, t: new Uint16Array([1]), e: new RangeError("m", { cause: 1 }), b: new Blob(["x"]) }; o.self = o; const c = structuredClone(o); const b = new ArrayBuffer(4); structuredClone(b, { transfer: [b] }); return c.self === c && c.m.get(1).has(2) && c.d.getTime() === 0 && c.r.flags === "g" && c.t[0] === 1 && c.e instanceof RangeError && c.e.cause === 1 && await c.b.text() === "x" && b.byteLength === 0`, differs: "`ArrayBuffer`s alone can be transferred; a `SharedArrayBuffer` cannot be cloned"},
	{group: "Data", name: "`atob`, `btoa`", check: `return atob(btoa("a\xff")) === "a\xff" && throwsName(() => atob("?")) === "InvalidCharacterError"`},
	{group: "Data", name: "`TextEncoder`, `TextDecoder`", check: `const d = new TextDecoder("shift_jis"), s = new TextDecoder(); const t = s.decode(enc("\u20ac").subarray(0, 2), { stream: true }) + s.decode(enc("\u20ac").subarray(2)); return t === "\u20ac" && d.decode(new Uint8Array([0x82, 0xa0])) === "\u3042" && throwsName(() => new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([255]))) === "TypeError" && new TextEncoder().encodeInto("ab", new Uint8Array(1)).read === 1`, differs: "a few malformed sequences of ISO-2022-JP decode otherwise"},
	{group: "Data", name: "`Blob`, `File`", check: `const b = new Blob(["a", enc("b")], { type: "T/x" }); return await b.slice(1).text() === "b" && b.type === "t/x" && new File([b], "f").name === "f" && await new Response(b.stream()).text() === "ab"`, differs: "in memory; no blob URLs"},
	{group: "Data", name: "`URL`, `URLSearchParams`", check: `const u = new URL("../c?x=1#h", "https://b\u00fccher.example/a/b"); u.searchParams.append("y", "\u20ac"); return u.href === "https://xn--bcher-kva.example/c?x=1&y=%E2%82%AC#h" && URL.canParse("x:y") && new URLSearchParams({ a: "1 2" }).toString() === "a=1+2"`, differs: "no blob URLs; no characters newer than Unicode 15 in host names"},
	{group: "Data", name: "`URLPattern`", check: `return new URLPattern({ pathname: "/books/:id" }).exec("https://x/books/7").pathname.groups.id === "7"`, differs: "a library's (urlpattern-polyfill)"},

	{group: "Fetching", name: "`fetch`", check: `const e = await fetch("http://127.0.0.1:1/").then(() => null, (e) => e); return e instanceof TypeError && e.message.includes("permissions")`, differs: "reaches what `permissions.net` grants; no cookies, no cache, no CORS, no proxy; needs an invocation"},
	{group: "Fetching", name: "`Headers`", check: `const h = new Headers([["B", "1"], ["a", "2"]]); h.append("b", "3"); h.append("set-cookie", "x"); return same([...h], [["a", "2"], ["b", "1, 3"], ["set-cookie", "x"]]) && same(h.getSetCookie(), ["x"])`},
	{group: "Fetching", name: "`Request`", check: `const r = new Request("http://x/", { method: "post", body: ReadableStream.from([enc("a")]), duplex: "half" }); return r.method === "POST" && await r.clone().text() === "a" && await r.text() === "a"`, differs: "there is no base URL: a URL must be absolute"},
	{group: "Fetching", name: "`Response`", check: `const r = Response.json({ a: 1 }, { status: 201 }); return r.status === 201 && (await r.json()).a === 1 && Response.redirect("http://x/").status === 302 && Response.error().type === "error" && new Response("x").body instanceof ReadableStream`},
	{group: "Fetching", name: "`FormData`", check: `const f = new FormData(); f.append("a", "1"); f.append("f", new File(["x"], "n.txt")); const g = await new Response(f).formData(); return g.get("a") === "1" && g.get("f").name === "n.txt"`, differs: "no form elements"},

	{group: "Streams", name: "`ReadableStream`, `ReadableStreamDefaultReader`, `ReadableStreamDefaultController`", check: `const out = []; for await (const x of ReadableStream.from([1, 2])) out.push(x); const [a, b] = new ReadableStream({ start(c) { c.enqueue(3); c.close() } }).tee(); return same(out, [1, 2]) && (await a.getReader().read()).value === 3 && (await b.getReader().read()).value === 3`, differs: "a library's (web-streams-polyfill); streams cannot be transferred"},
	{group: "Streams", name: "`ReadableByteStreamController`, `ReadableStreamBYOBReader`, `ReadableStreamBYOBRequest`", check: `const r = new ReadableStream({ type: "bytes", pull(c) { c.byobRequest.view[0] = 9; c.byobRequest.respond(1) } }).getReader({ mode: "byob" }); return (await r.read(new Uint8Array(4))).value.length === 1`},
	{group: "Streams", name: "`WritableStream`, `WritableStreamDefaultWriter`, `WritableStreamDefaultController`", check: `const got = []; const w = new WritableStream({ write(x) { got.push(x) } }).getWriter(); await w.write(1); await w.close(); return got[0] === 1`},
	{group: "Streams", name: "`TransformStream`, `TransformStreamDefaultController`", check: `return same(await all(ReadableStream.from([1]).pipeThrough(new TransformStream({ transform(x, c) { c.enqueue(x + 1) } }))), [2])`},
	{group: "Streams", name: "`ByteLengthQueuingStrategy`, `CountQueuingStrategy`", check: `return new CountQueuingStrategy({ highWaterMark: 2 }).highWaterMark === 2 && new ByteLengthQueuingStrategy({ highWaterMark: 1 }).size(new Uint8Array(3)) === 3`},
	{group: "Streams", name: "`TextEncoderStream`, `TextDecoderStream`", check: `return (await all(ReadableStream.from(["a\ud83d", "\ude00"]).pipeThrough(new TextEncoderStream()).pipeThrough(new TextDecoderStream()))).join("") === "a\ud83d\ude00"`},
	{group: "Streams", name: "`CompressionStream`, `DecompressionStream`", check: `const z = new Response("text").body.pipeThrough(new CompressionStream("gzip")).pipeThrough(new DecompressionStream("gzip")); return await new Response(z).text() === "text"`, differs: "`gzip`, `deflate`, `deflate-raw`, `brotli`; needs an invocation"},

	{group: "Cryptography", name: "`crypto.getRandomValues`, `crypto.randomUUID`, `Crypto`", check: `return crypto.getRandomValues(new Uint8Array(8)).some((x) => x > 0) && /^[0-9a-f-]{36}$/.test(crypto.randomUUID()) && crypto instanceof Crypto`},
	{group: "Cryptography", name: "`crypto.subtle`, `SubtleCrypto`, `CryptoKey`", check: `const k = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]), iv = new Uint8Array(12); const b = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, k, enc("x")); const p = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]); const a = { name: "ECDSA", hash: "SHA-256" }; const s = await crypto.subtle.sign(a, p.privateKey, enc("m")); return k instanceof CryptoKey && new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, k, b)) === "x" && await crypto.subtle.verify(a, p.publicKey, s, enc("m"))`, differs: "needs an invocation; the algorithms are listed below; no RSA-PSS salt of 0 bytes: Go's crypto has none"},

	{group: "Time and tasks", name: "`setTimeout`, `setInterval`, `clearTimeout`, `clearInterval`", check: `let n = 0; await new Promise((r) => { const id = setInterval(() => { if (++n === 2) { clearInterval(id); r() } }, 1) }); const id = setTimeout(() => { n = 9 }, 1); clearTimeout(id); await new Promise((r) => setTimeout(r, 5, 1)); return n === 2`, differs: "no text as code; they need an invocation"},
	{group: "Time and tasks", name: "`queueMicrotask`", check: `let n = 0; queueMicrotask(() => n++); await null; return n === 1`},
	{group: "Time and tasks", name: "`performance.now`, `performance.timeOrigin`, `Performance`", check: `return performance.now() >= 0 && performance.timeOrigin > 1e12 && performance instanceof Performance`, differs: "in whole milliseconds"},

	{group: "The rest", name: "`console`", check: `for (const k of ["assert", "clear", "count", "countReset", "debug", "dir", "dirxml", "error", "group", "groupCollapsed", "groupEnd", "info", "log", "table", "time", "timeEnd", "timeLog", "trace", "warn"]) if (typeof console[k] !== "function") return k; console.log("%s is %d", "x", 5, { a: new Map([[1, 2]]) }); return true`, differs: "to the log, formatted as Node does; a promise does not say its state, nor an iterator what is left in it"},
	{group: "The rest", name: "`globalThis`, `self`", check: `return self === globalThis`},
	{group: "The rest", name: "`navigator.userAgent`", check: `return navigator.userAgent.startsWith("Isolane")`},
	{group: "The rest", name: "`WebAssembly.Module`, `Instance`, `Memory`, `Table`, `Global`, `compile`, `instantiate`, `validate`", check: `const wasm = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]); return WebAssembly.validate(wasm) && (await WebAssembly.instantiate(wasm)).instance instanceof WebAssembly.Instance && new WebAssembly.Memory({ initial: 1 }).buffer.byteLength === 65536 && new WebAssembly.Global({ value: "i32" }, 5).value === 5 && new WebAssembly.Table({ element: "anyfunc", initial: 1 }).length === 1 && await WebAssembly.compile(wasm) instanceof WebAssembly.Module`, differs: "no shared memory; compiles in the turn", lacking: "the engine has no WebAssembly"},
	{group: "The rest", name: "`WebAssembly.compileStreaming`, `instantiateStreaming`", check: `return await WebAssembly.compileStreaming(new Response(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]), { headers: { "content-type": "application/wasm" } })) instanceof WebAssembly.Module`, lacking: "the engine has no WebAssembly"},
}
