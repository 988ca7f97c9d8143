// Fills the heap. The heap limit ends it: exceeded-memory. The isolate is thrown
// away, and a new one serves the next call.
export default function () {
  const kept: object[] = [];
  for (;;) {
    kept.push({ block: new Array(1000).fill(kept.length) });
  }
}
