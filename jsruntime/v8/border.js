// The border between Go and one V8 context: shared memory for numbers and bytes, and
// one function for what JavaScript asks of Go at once. Strings cross as V8 strings.
// The contexts of an isolate share the memory, since one of them runs at a time; the
// functions here are each context's own. Nothing here is reachable from a function's
// code.
(function () {
  "use strict";
  const MIN = 4096; // bytes of the transfer buffer at rest
  const RETAIN = 256 * 1024; // a larger one is given back at the next small use
  const GEN = 1;
  const BYTES = 6;
  const CAPACITY = 11;

  const I32 = Int32Array, F64 = Float64Array, U8 = Uint8Array;
  const call = Function.prototype.call;
  const uncurry = call.bind.bind(call);
  const set = uncurry(Object.getPrototypeOf(Uint8Array.prototype).set);

  let ctl, goCall, transfer, generation, capacity;

  function use(buffer) {
    transfer = buffer;
    capacity = ctl[CAPACITY];
    generation = ctl[GEN];
  }

  // reserve makes room for n bytes. Go makes the buffers.
  function reserve(n) {
    if (ctl[GEN] !== generation) use(goCall("transfer", ""));
    if (n <= capacity && (capacity <= RETAIN || n > MIN)) return;
    const buffer = goCall("reserve", "" + (n <= MIN ? MIN : n));
    if (buffer === undefined) throw new RangeError("no room for " + n + " bytes outside the heap");
    use(buffer);
  }

  const border = {
    __proto__: null,
    ctl: undefined,
    f64: undefined,
    call: undefined,
    open(f, control, buffer) {
      ctl = border.ctl = new I32(control);
      border.f64 = new F64(control);
      goCall = border.call = f;
      use(buffer);
    },
    // read returns a fresh copy of the bytes that Go left, or undefined.
    read() {
      const n = ctl[BYTES];
      if (n < 0) return undefined;
      const out = new U8(n);
      if (n > 0) {
        if (ctl[GEN] !== generation) use(goCall("transfer", ""));
        set(out, new U8(transfer, 0, n));
      }
      return out;
    },
    // write leaves bytes for Go; undefined leaves none.
    write(bytes, length) {
      if (bytes === undefined) {
        ctl[BYTES] = -1;
        return;
      }
      reserve(length);
      if (length > 0) set(new U8(transfer, 0, length), bytes);
      ctl[BYTES] = length;
    },
  };
  return border;
});
