// The border between Go and one QuickJS realm: numbers in memory that both share, bytes
// copied by functions of Go's, strings as the engine's. Nothing here is reachable from a
// function's code.
(function () {
  "use strict";
  const BYTES = 6;
  const READ = 0, WRITE = 1;
  const I32 = Int32Array, F64 = Float64Array, U8 = Uint8Array;

  let ctl, io;
  const border = {
    __proto__: null,
    ctl: undefined,
    f64: undefined,
    call: undefined,
    open(call, control, transfer) {
      ctl = border.ctl = new I32(control);
      border.f64 = new F64(control);
      border.call = call;
      io = transfer;
    },
    // read returns a fresh copy of the bytes that Go left, or undefined.
    read() {
      return ctl[BYTES] < 0 ? undefined : new U8(io(READ));
    },
    // write leaves bytes for Go; undefined leaves none.
    write(bytes, length) {
      if (bytes === undefined) {
        ctl[BYTES] = -1;
        return;
      }
      io(WRITE, bytes);
      ctl[BYTES] = length;
    },
  };
  return border;
});
