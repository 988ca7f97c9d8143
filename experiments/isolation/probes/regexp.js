// What the last match of a regular expression was, which RegExp keeps.
export default function probe(msg) {
  const { act } = msg.json();
  if (act === "attack") /secret-(\d+)/.test("secret-42");
  return String(RegExp.$1) || "nothing";
}
