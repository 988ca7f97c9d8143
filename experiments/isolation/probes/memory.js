// A call that takes all the memory that there is. What does the next one notice?
export default function probe(msg) {
  const { act } = msg.json();
  const kept = [];
  while (act === "attack") kept.push(new Array(1e5).fill(kept.length));
  return "answered";
}
