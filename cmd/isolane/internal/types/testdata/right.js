/** @type {import("isolane").MessageHandler} */
export default async (msg, ctx) => {
  const entry = await ctx.kv("stock").get(msg.text());
  return entry === null ? new Uint8Array() : entry.json();
};
