// A timer that goes on when the call has ended, and what it does.
export default async function probe(msg) {
  const { act } = msg.json();
  if (act === "attack") {
    setInterval(() => (globalThis.ticks = (globalThis.ticks ?? 0) + 1), 1);
    return "begun";
  }
  await new Promise((done) => setTimeout(done, 30));
  return globalThis.ticks > 0 ? "it ticks" : "no tick";
}
