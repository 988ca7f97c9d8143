// A built-in that one call replaces.
export default function probe(msg) {
  const { act } = msg.json();
  if (act === "attack") Math.max = () => "mine";
  return String(Math.max(1, 2));
}
