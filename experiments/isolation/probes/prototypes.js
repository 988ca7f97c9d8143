// A property that one call puts on a prototype that all objects have.
export default function probe(msg) {
  const { act } = msg.json();
  if (act === "attack") Object.prototype.leak = "on every object";
  return String({}.leak);
}
