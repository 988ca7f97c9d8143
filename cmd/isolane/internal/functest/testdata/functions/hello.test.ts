import { afterAll, afterEach, beforeAll, beforeEach, call, describe, expect, fn, invoke, it, spyOn } from "isolane/test";
import hello from "./hello.ts";

let order: string[] = [];
beforeAll(() => { order.push("beforeAll"); });
beforeEach(() => { order.push("beforeEach"); });
afterEach(() => { order.push("afterEach"); });
afterAll(() => { if (order[0] !== "beforeAll") throw new Error("the hooks did not run"); });

describe("hello", () => {
  it("greets, with the variables of its manifest", async () => {
    expect(order).toEqual(["beforeAll", "beforeEach"]);
    const reply = await invoke(hello, { json: { name: "Ada" } });
    expect(reply.json()).toEqual({ hello: "Ada", env: "hi" });
    expect(reply.value).toEqual({ hello: "Ada", env: "hi" });
    expect((await invoke(hello, { text: `{"name":"Ada"}` }, { env: { GREETING: "ho" } })).json().env).toBe("ho");
  });
  it("writes into a real bucket", async () => {
    expect((await invoke(hello, { json: { name: "kv" } })).json().n).toBeGreaterThan(0);
  });
  it("takes stubs", async () => {
    const put = fn(async () => 7);
    expect((await invoke(hello, { json: { name: "kv" } }, { kv: () => ({ put }) })).json()).toEqual({ n: 7 });
    expect(put).toHaveBeenCalledWith("a", "b");
  });
  it("is called as anybody would", async () => {
    expect((await call({ name: "x" }, { rest: "eu" })).json()).toMatchObject({ hello: "x" });
    await expect(call("no JSON")).rejects.toMatchObject({ name: "ServiceError", outcome: "exception", code: 500 });
  });
  it("has spies that go when the test is over", () => {
    spyOn(console, "log").mockImplementation(() => {});
    console.log("unheard");
    expect(console.log).toHaveBeenCalledTimes(1);
  });
  it("has its own permissions, and no others", async () => {
    console.log("heard");
    await expect(fetch("http://example.com/")).rejects.toThrow("permissions");
  });
});
