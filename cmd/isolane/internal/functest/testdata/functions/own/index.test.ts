import { expect, invoke, invokeBatch, it } from "isolane/test";
import own from "./index.ts";

it("returns a Response", async () => {
  const reply = await invoke(own, { bytes: [1, 2], headers: { a: "b" } });
  expect([reply.status, reply.headers.get("a"), ...reply.bytes()]).toEqual([201, "b", 1, 2]);
});
it("says what is to become of messages", async () => {
  const said = await invokeBatch(own, [{ text: "a", attempt: 2 }, {}, { text: "b" }]);
  expect(said).toEqual([{ said: "reject", reason: "twice" }, { said: "retry", delay: 5 }, undefined]);
});
it("has no verdicts of a request", async () => {
  const ack = (msg) => msg.ack();
  await expect(invoke(ack)).rejects.toThrow(/messages of a stream/);
  expect((await invoke(ack, { stream: true })).said).toEqual({ said: "ack" });
});
it("refuses what cannot be a reply", async () => {
  await expect(invoke(() => 5n)).rejects.toThrow("a bigint cannot be a reply");
  await expect(invoke({})).rejects.toThrow("message method");
  expect((await invoke((msg, ctx) => { ctx.waitUntil(Promise.resolve()); })).text()).toBe("");
});
