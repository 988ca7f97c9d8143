import { describe, expect, it } from "isolane/test";

interface Pair { a: number; b: number[] }
describe("wrong", () => {
  it("differs", () => {
    const pair: Pair = { a: 1, b: [2] };
    expect(pair).toEqual({ a: 1, b: [3] });
  });
  it("throws", () => { throw new RangeError("too far"); });
  it("takes too long", async () => { await new Promise((r) => setTimeout(r, 60_000)); }, 50);
  it("counts", () => { expect.assertions(2); expect(1).toBe(1); });
  it.skip("is left out", () => {});
  it.todo("is to be written");
  it("is right", () => { expect(1).toBe(1); });
});
