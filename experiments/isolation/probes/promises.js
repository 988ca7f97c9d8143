// A promise that is settled when the call has ended.
export default async function probe(msg) {
  const { act } = msg.json();
  if (act === "attack") {
    void new Promise((done) => setTimeout(done, 1)).then(() => (globalThis.late = true));
    return "begun";
  }
  await new Promise((done) => setTimeout(done, 30));
  return globalThis.late ? "it ran later" : "it did not run";
}
