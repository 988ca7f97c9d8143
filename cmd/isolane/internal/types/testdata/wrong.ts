// What does not work is refused: each line below must be an error.
import type { Context, Handlers, Message, MessageHandler } from "isolane";

export default async function (msg: Message, ctx: Context) {
  // @ts-expect-error a message has no body
  msg.body;
  // @ts-expect-error text is no promise
  msg.text().then;
  // @ts-expect-error a subject is not to be changed
  msg.subject = "a";
  // @ts-expect-error delay is a number
  msg.retry({ delay: "1s" });
  // @ts-expect-error env is frozen
  ctx.env.A = "b";
  // @ts-expect-error a variable may be missing
  ctx.env.B.length;
  // @ts-expect-error without ack nobody says where it is stored
  (await ctx.nats.publish("a", "b")).sequence;
  // @ts-expect-error there is no such option
  await ctx.nats.publish("a", "b", { deley: 5 });
  // @ts-expect-error an entry may be missing
  (await ctx.kv("a").get("k")).text();
  // @ts-expect-error update needs a revision
  await ctx.kv("a").update("k", 1);
  // @ts-expect-error a value must be given
  await ctx.kv("a").put("k");
  // @ts-expect-error there is no such operation
  ctx.kv("a").watch();
  // @ts-expect-error a BigInt cannot be sent
  await ctx.nats.publish("a", 5n);
  // @ts-expect-error code is run by nobody
  setTimeout("alert()", 5);
}

// @ts-expect-error a symbol cannot be a reply
export const reply = (() => Symbol()) satisfies MessageHandler;
// @ts-expect-error one of the two is needed
export const none = {} satisfies Handlers;

// What a browser, a worker or Node has beside, is not there.
// @ts-expect-error
export const a = document;
// @ts-expect-error
export const b = process;
// @ts-expect-error
export const c = WebSocket;
// @ts-expect-error
export const d = indexedDB;
// @ts-expect-error
export const e = Buffer;
// @ts-expect-error
export const f = navigator.language;
// @ts-expect-error
export const g = performance.mark;
