// A variable that one call leaves on the global object.
export default function probe(msg) {
  const { act } = msg.json();
  if (act === "attack") globalThis.leak = "left behind";
  return String(globalThis.leak);
}
