// The host's script is rehearsed in the context that the snapshot is taken of, so that
// every context begins with what a first invocation compiles and what it makes of
// shapes of objects.
(function (boot) {
  "use strict";
  const INV = 2, KIND = 4, ENTRY = 10, CAPACITY = 11, LOAD = 1, START = 2, NEXT = 5, EMPTY = 0, TEXT = 1;
  const control = new ArrayBuffer(256), transfer = new ArrayBuffer(4096);
  const ctl = new Int32Array(control), deadline = new Float64Array(control, 64, 1);
  ctl[CAPACITY] = 4096;
  const config = { env: {}, timers: 1, subrequests: 1, buffers: 1, logsPerTurn: 1, logLength: 1 };
  const described = { name: "", message: "", stack: "" };
  const web = () => ({ describeError: () => described });
  const enter = boot((op) => op === "part" ? web : transfer, control, transfer, JSON.stringify(config));
  const run = (entry, a, b) => {
    ctl[ENTRY] = entry;
    return enter(a, b);
  };
  const call = (handler, payload) => {
    run(LOAD, { default: handler });
    ctl[INV] = 1;
    deadline[0] = 0.5;
    ctl[KIND] = payload === undefined ? EMPTY : TEXT;
    run(START, payload, "fn.rehearsal\n");
    while (ctl[0] > 0) run(NEXT);
  };
  call((msg) => msg.text(), "text");
  call((msg) => msg.json(), "{}");
  call(() => new Uint8Array(1), "");
  call(() => undefined);
  call(() => { throw 1; }, "");
  call(async (msg, ctx) => msg.text() + ctx.env, "text");
})
