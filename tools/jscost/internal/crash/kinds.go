package crash

import (
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// cpu is the limit of the functions that compute without an end.
const cpu = 10 * time.Millisecond

// Kind is one way to fail.
type Kind struct {
	Name   string
	source string
	limits function.Limits
	// Outcome is the one that the function must end with.
	Outcome function.Outcome
	// Lost reports that it costs the runtime.
	Lost bool
	// waiting is how many invocations wait in the runtime beside it.
	waiting int
}

// Kinds returns every way to fail that the soak knows. Turns that cannot be stopped are not
// among them: each keeps a thread, a goroutine and an isolate until the process ends, by
// design, and a soak of thousands would measure those alone. Functions that do not
// end by running out of time have enough of it, so that each kind has one right outcome.
func Kinds() []Kind {
	short, long := function.Limits{CPU: cpu}, function.Limits{CPU: 20 * time.Second}
	return []Kind{
		{"cpu-loop", `export default () => { for (;;); }`, short, function.ExceededCPU, true, 0},
		{"heap", `export default () => { const a = []; for (;;) a.push({ x: new Array(100).fill(a.length) }); }`, long, function.ExceededMemory, true, 0},
		{"buffers", buffers, long, function.ExceededMemory, true, 0},
		{"intl", intl, long, function.ExceededMemory, true, 0},
		{"microtasks", `export default async () => { for (;;) await null; }`, short, function.ExceededCPU, true, 0},
		{"throws-at-load", `throw new Error("while loading"); export default () => 1`, long, function.Exception, false, 0},
		{"finally-loops", `export default () => { for (;;) { try { for (;;); } finally { for (;;); } } }`, short, function.ExceededCPU, true, 0},
		{"deep-recursion", `const f = (n) => 1 + f(n + 1); export default () => f(0)`, long, function.Exception, false, 0},
		{"wasm-loop", wasmLoop, short, function.ExceededCPU, true, 0},
		{"in-a-stream", inStream, short, function.ExceededCPU, true, 0},
		{"beside-waiting", `export default () => { for (;;); }`, short, function.ExceededCPU, true, 3},
	}
}

// wasmLoop is (module (func (export "f") (loop (br 0)))).
const wasmLoop = `
const code = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 4, 1, 0x60, 0, 0,
  3, 2, 1, 0,
  7, 5, 1, 1, 0x66, 0, 0,
  10, 9, 1, 7, 0, 3, 0x40, 12, 0, 11, 11,
]);
export default () => new WebAssembly.Instance(new WebAssembly.Module(code)).exports.f();
`

// buffers keeps more than it may outside the heap, and waits: one that returned would
// have its answer before the isolate is looked at.
const buffers = `
export default async () => {
  const kept = globalThis.kept = [];
  for (let i = 0; i < 24; i++) kept.push(new Uint8Array(1 << 20).fill(1));
  await new Promise((resolve) => setTimeout(resolve, 600_000));
};
`

// intl keeps objects whose memory is ICU's: they have hardly any on V8's heap.
const intl = `
export default () => {
  const kept = globalThis.kept = [];
  for (let i = 0; ; i++) {
    const format = new Intl.DateTimeFormat(["en", "de", "ar", "ja"][i % 4], { dateStyle: "full", timeStyle: "long", timeZone: "Europe/Berlin" });
    format.format(i * 1e9);
    kept.push(format);
  }
};
`

// inStream loops with the host's own JavaScript below it on the stack.
const inStream = `
export default () => {
  const loops = new ReadableStream({ pull() { for (;;); } }, { highWaterMark: 0 });
  return new Response(loops.pipeThrough(new TransformStream())).text();
};
`

// waitingSource is what stands beside a crash.
const waitingSource = `export default () => new Promise((resolve) => setTimeout(resolve, 600_000))`
