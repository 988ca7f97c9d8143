// What a test calls functions with: invoke, in the test's own context and with stubs, and
// call, on the node as anybody would.
import { replyParts } from "isolane:reply";

// Call is the call that the tests run in.
export class Call {
  constructor(ctx, callee) {
    this.ctx = ctx;
    this.callee = callee;
  }
}

let current;

export function bind(c) {
  current = c;
}

// bytesOf is the payload of what a test gives.
function bytesOf({ json, text, bytes }) {
  if (bytes !== undefined) return new Uint8Array(bytes);
  if (json !== undefined) return new TextEncoder().encode(JSON.stringify(json));
  return new TextEncoder().encode(text ?? "");
}

// message makes a message as the runtime does; what the function says of it goes to said.
function message(given, said) {
  const payload = bytesOf(given);
  let first;
  const say = (word) => {
    if (given.stream !== true) throw new TypeError(`msg.${word.said}() is for messages of a stream: give stream: true`);
    if (first === undefined) said.push(first = word);
  };
  return {
    subject: given.subject ?? `fn.${current.callee || "test"}`,
    headers: new Headers(given.headers),
    id: given.id ?? current.ctx.invocation.id,
    attempt: given.attempt ?? 1,
    text: () => new TextDecoder("utf-8", { ignoreBOM: true }).decode(payload),
    json: () => JSON.parse(new TextDecoder("utf-8", { ignoreBOM: true }).decode(payload)),
    bytes: () => payload.slice(),
    ack: () => say({ said: "ack" }),
    retry: (options) => say({ said: "retry", delay: options?.delay }),
    reject: (reason) => say({ said: "reject", reason: reason === undefined ? undefined : `${reason}` }),
  };
}

// context is the test's own with what a test gives in its place; what is given to waitUntil
// is waited for before the reply is looked at.
function context(given, waiting) {
  const { ctx } = current;
  return {
    env: Object.freeze({ ...ctx.env, ...given.env }),
    signal: given.signal ?? ctx.signal,
    invocation: Object.freeze({ ...ctx.invocation, ...given.invocation }),
    nats: given.nats ?? ctx.nats,
    kv: given.kv ?? ((bucket) => ctx.kv(bucket)),
    waitUntil: (promise) => void waiting.push(Promise.resolve(promise)),
  };
}

// reply makes of what was returned what a caller would get. What cannot be a reply throws what a
// caller would be told.
async function reply(value, said) {
  let headers = new Headers(), status, payload;
  const { text, bytes, response } = replyParts(value);
  if (response !== undefined) {
    ({ headers, status } = response);
    payload = new Uint8Array(await response.arrayBuffer());
  } else payload = bytes === undefined ? new TextEncoder().encode(text) : bytes.slice();
  const read = () => new TextDecoder("utf-8", { ignoreBOM: true }).decode(payload);
  return { value, headers, status, said, text: read, json: () => JSON.parse(read()), bytes: () => payload.slice() };
}

function method(fn, name) {
  if (name === "message" && typeof fn === "function") return { receiver: undefined, call: fn };
  if (typeof fn?.[name] !== "function") throw new TypeError(`invoke: the first argument is not a function's default export with a ${name} method`);
  return { receiver: fn, call: fn[name] };
}

export async function invoke(fn, given = {}, overrides = {}) {
  const said = [], waiting = [];
  const { receiver, call } = method(fn, "message");
  const value = await Reflect.apply(call, receiver, [message(given, said), context(overrides, waiting)]);
  const made = await reply(value, said[0]);
  await Promise.all(waiting);
  return made;
}

export async function invokeBatch(fn, given, overrides = {}) {
  const waiting = [], verdicts = given.map(() => []);
  const { receiver, call } = method(fn, "batch");
  await Reflect.apply(call, receiver, [given.map((g, i) => message({ stream: true, ...g }, verdicts[i])), context(overrides, waiting)]);
  await Promise.all(waiting);
  return verdicts.map(([first]) => first);
}

export function call(payload, { name = current.callee, rest, ...options } = {}) {
  if (!name) throw new TypeError("call: the test stands beside no function: give { name }");
  return current.ctx.nats.request(`fn.${name}${rest ? `.${rest}` : ""}`, payload, options);
}
