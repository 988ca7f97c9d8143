// What every test file has: asserts that throw with what they saw.
const show = (v) => {
  try {
    return typeof v === "string" ? JSON.stringify(v) : typeof v === "object" && v !== null ? JSON.stringify(v) : String(v);
  } catch {
    return "?";
  }
};
function assert(ok, what) {
  if (!ok) throw new Error("assert: " + (what || "is not true"));
}
function equal(got, want, what) {
  if (!Object.is(got, want)) throw new Error(`${what || "equal"}: got ${show(got)}, want ${show(want)}`);
}
function same(got, want, what) {
  equal(JSON.stringify(got), JSON.stringify(want), what);
}
function bytesEqual(got, want, what) {
  assert(got instanceof Uint8Array, (what || "") + ": not a Uint8Array");
  same(Array.from(got), Array.from(want), what);
}
function throws(name, f, has) {
  try {
    f();
  } catch (e) {
    equal(e.name, name, "name of " + e);
    if (has !== undefined && !e.message.includes(has)) throw new Error(`message ${show(e.message)} lacks ${show(has)}`);
    return e;
  }
  throw new Error("nothing was thrown, want " + name);
}
async function rejects(name, promise, has) {
  let e;
  try {
    await promise;
  } catch (error) {
    e = error;
  }
  if (e === undefined) throw new Error("not rejected, want " + name);
  return throws(name, () => { throw e; }, has);
}
const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
