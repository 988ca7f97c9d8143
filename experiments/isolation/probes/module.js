// A variable of the module.
let state = "as written";
export default function probe(msg) {
  const { act } = msg.json();
  if (act === "attack") state = "changed";
  return state;
}
