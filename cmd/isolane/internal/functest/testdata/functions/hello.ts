import type { Message, Context } from "isolane";
export default async function (msg: Message, ctx: Context) {
  const { name } = msg.json();
  console.log("hello", name);
  if (name === "kv") return { n: (await ctx.kv("stock").put("a", "b")) };
  return { hello: name, env: ctx.env.GREETING };
}
