// The finest step of performance.now().
export default function probe() {
  let finest = Infinity;
  const began = performance.now();
  for (let steps = 0; steps < 50 && performance.now() - began < 100; steps++) {
    const a = performance.now();
    let b = a;
    while (b === a) b = performance.now();
    finest = Math.min(finest, b - a);
  }
  const microseconds = finest * 1000;
  return microseconds >= 500 ? `steps of ${Math.round(microseconds / 1000)} ms` : microseconds >= 1 ? `steps of ${Math.round(microseconds)} µs` : "steps under 1 µs";
}
