// A registered symbol, which is the same everywhere in an isolate, as a key.
export default function probe(msg) {
  const { act } = msg.json();
  if (act === "attack") globalThis[Symbol.for("leak")] = "by symbol";
  return String(globalThis[Symbol.for("leak")]);
}
