// A call that never ends. What does the next one notice?
export default function probe(msg) {
  const { act } = msg.json();
  while (act === "attack");
  return "answered";
}
