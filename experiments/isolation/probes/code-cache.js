// Does compiling tell whether another call compiled the same text? A cache of the isolate
// or of the process answers faster then.
const text = (n) => `return [${Array.from({ length: 20000 }, (_, i) => `(x) => x + ${i + n}`).join(",")}].length`;
const compile = (source) => {
  const began = performance.now();
  new Function(source)();
  return performance.now() - began;
};
export default function probe(msg) {
  const { act } = msg.json();
  try {
    if (act === "attack") return compile(text(1)) && "compiled";
    const fresh = Math.min(compile(text(1e6 + Math.floor(Math.random() * 1e6))), compile(text(3e6 + Math.floor(Math.random() * 1e6))));
    return compile(text(1)) < fresh / 3 ? "seen in the time" : "not seen in the time";
  } catch (error) {
    return `refused: ${error.name}`;
  }
}
