// All that docs/functions.md says, used as it says.
import type { BatchHandler, Context, Handlers, Message, MessageHandler, Outcome, ServiceError } from "isolane";

export default async function (msg: Message, ctx: Context) {
  const { name } = msg.json<{ name: string }>();
  const all: string = msg.subject + msg.text() + msg.bytes().length + msg.headers.get("a") + msg.id + msg.attempt;
  const { id, attempt, deadline, node, runtime } = ctx.invocation;
  const left: number = deadline - Date.now() + attempt + runtime;
  ctx.waitUntil(fetch("http://localhost/", { signal: ctx.signal }));
  await ctx.nats.publish("a", { all, id, node, left });
  const stored = await ctx.nats.publish("a", new Uint8Array(2), { ack: true, msgId: "x", headers: { a: "b" }, signal: ctx.signal });
  const sequence: number = stored.sequence + (await ctx.nats.publish("a", "x", { delay: 60_000 })).sequence;
  const { stream, duplicate } = await ctx.nats.publish("a", undefined, { at: new Date() });
  try {
    const answer = await ctx.nats.request("fn.other", "x", { timeout: 500 });
    const text: string = answer.subject + answer.headers.get("b") + answer.text() + answer.json().x + answer.bytes().length;
    console.log(text, stream, duplicate, sequence, ctx.env.GREETING ?? "hi");
  } catch (e) {
    const error = e as ServiceError;
    const outcome: Exclude<Outcome, "ok"> | undefined = error.outcome;
    return { outcome, code: error.code + 1, text: error.reply.text() };
  }
  const bucket = ctx.kv("stock");
  const entry = await bucket.get("k");
  if (entry !== null) await bucket.update("k", { n: 1 }, entry.revision);
  const old = await bucket.get("k", { revision: 7 });
  const revision: number = (await bucket.put("k", "v")) + (await bucket.create("l", [1])) + (old?.created ?? 0);
  await bucket.delete("k", { revision });
  const keys: string[] = await bucket.keys({ filter: "orders.*", limit: 10 });
  return { hello: name, keys };
}

export const first = (async (msg, ctx) => `${msg.text()} ${ctx.invocation.node}`) satisfies MessageHandler;
export const batch: BatchHandler = async (msgs) => {
  for (const msg of msgs) {
    if (msg.attempt > 3) msg.reject("no");
    else if (msg.text() === "") msg.retry({ delay: 100 });
    else msg.ack();
  }
};
export const both = { async message(msg, ctx) { return new Response(msg.bytes(), { headers: { node: ctx.invocation.node } }); }, batch } satisfies Handlers;
export const nothing = ((_msg) => {}) satisfies MessageHandler;

// The Web's APIs.
export async function web(): Promise<unknown> {
  const signal = AbortSignal.any([AbortSignal.timeout(5), new AbortController().signal]);
  const request = new Request("http://x/", { method: "POST", body: ReadableStream.from([new Uint8Array(1)]), duplex: "half", signal });
  const zipped = (await fetch(request)).body!.pipeThrough(new CompressionStream("gzip")).pipeThrough(new DecompressionStream("gzip"));
  for await (const chunk of zipped) console.log(chunk.byteLength);
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const match = new URLPattern({ pathname: "/books/:id" }).exec("https://x/books/7")?.pathname.groups.id;
  const form = new FormData();
  form.append("f", new File(["x"], "n.txt"));
  setTimeout(() => queueMicrotask(() => reportError(new DOMException("m", "AbortError"))), 5);
  const full = new QuotaExceededError("m", { quota: 1, requested: Math.f16round(2.1) });
  if (full instanceof DOMException && full.requested !== null) console.log(full.requested - (full.quota ?? 0), new Float16Array([full.code]));
  const { port1 } = new MessageChannel();
  port1.onmessage = (e) => console.log(e.data);
  for (const [name, value] of new Headers({ a: "b" })) console.log(name, value, new URL("https://x/").searchParams.get(name));
  addEventListener("unhandledrejection", (e) => { console.warn(e.reason); e.preventDefault(); });
  onerror = (message) => message === "expected";
  const wasm = await WebAssembly.instantiate(new Uint8Array(8));
  return [key.type, match, form, navigator.userAgent, performance.now(), wasm.instance.exports, structuredClone({}), atob(btoa("a")), self === globalThis];
}
