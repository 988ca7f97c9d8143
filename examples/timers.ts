// Waits on three timers at once, and on the signal that says when to give up:
// { "ms": 50 }.
interface Context {
  signal: AbortSignal;
}

function sleep(ms: number, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(ms), ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

export default async function (msg: { text(): string; json(): { ms?: number } }, ctx: Context) {
  const { ms = 50 } = msg.text() === "" ? {} : msg.json();
  const began = performance.now();
  const slept = await Promise.all([sleep(ms, ctx.signal), sleep(2 * ms, ctx.signal), sleep(3 * ms, ctx.signal)]);
  return { slept, took: Math.round(performance.now() - began) };
}
