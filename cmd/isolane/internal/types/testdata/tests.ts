// A test, as docs/functions.md has them.
import type { Context, Handlers, Message } from "isolane";
import { beforeEach, call, describe, expect, fn, invoke, invokeBatch, it, spyOn } from "isolane/test";

async function hello(msg: Message, ctx: Context) {
  return { hello: msg.json().name, key: await ctx.kv("stock").put("a", "b") };
}
const batch = { batch(msgs) { for (const msg of msgs) msg.ack(); } } satisfies Handlers;

describe("hello", () => {
  beforeEach(() => {});
  it("greets", async () => {
    const put = fn(async (_key: string, _value: unknown) => 7);
    const reply = await invoke(hello, { json: { name: "Ada" }, headers: { a: "b" } }, { env: { A: "b" }, kv: () => ({ put }) });
    expect(reply.json()).toEqual({ hello: "Ada", key: 7 });
    expect(put).toHaveBeenCalledWith("a", expect.any(String));
    await expect(invoke(hello, { text: "{" })).rejects.toThrow(SyntaxError);
    expect((await invokeBatch(batch, [{ text: "a" }]))[0]?.said).toBe("ack");
    expect((await call({ name: "x" }, { timeout: 500 })).text()).not.toMatch(/y/);
    spyOn(console, "log").mockImplementation(() => {});
  }, 1000);
  it.each([[1, 2], [2, 3]])("%d", (a, b) => expect(a + 1).toBe(b));
  // @ts-expect-error there is no such matcher
  it("wrong", () => expect(1).toBeOdd());
});
