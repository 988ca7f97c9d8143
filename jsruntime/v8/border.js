// The border between Go and one V8 context: shared memory for numbers and bytes,
// and one function for what JavaScript asks of Go synchronously. Strings cross as
// V8 strings. Nothing here is reachable from a function's own code.
(function (goCall) {
  "use strict";
  const MIN = 4096; // bytes of the transfer buffer at rest
  const RETAIN = 256 * 1024; // a larger one is given back at the next small use
  const GEN = 1;
  const BYTES = 6;

  const control = new SharedArrayBuffer(256);
  const ctl = new Int32Array(control);
  const f64 = new Float64Array(control);
  const SAB = SharedArrayBuffer;
  const U8 = Uint8Array;
  const call = Function.prototype.call;
  const uncurry = call.bind.bind(call);
  const set = uncurry(Object.getPrototypeOf(Uint8Array.prototype).set);

  const fromCharCode = String.fromCharCode;
  const charCodeAt = uncurry(String.prototype.charCodeAt);

  let transfer = new SAB(MIN);
  let capacity = MIN;

  function reserve(n) {
    if (n <= capacity && (capacity <= RETAIN || n > MIN)) return;
    capacity = n <= MIN ? MIN : n;
    transfer = new SAB(capacity);
    ctl[GEN]++;
  }

  return {
    control,
    ctl,
    f64,
    call: goCall,
    buffer() {
      return transfer;
    },
    // reserveBytes makes room for the bytes that Go is about to write.
    reserveBytes() {
      reserve(ctl[BYTES]);
      return transfer;
    },
    // read returns a fresh copy of the bytes that Go left, or undefined.
    read() {
      const n = ctl[BYTES];
      if (n < 0) return undefined;
      const out = new U8(n);
      if (n > 0) set(out, new U8(transfer, 0, n));
      return out;
    },
    // takeText and acceptText move bytes as text, a code unit for each, for a binding
    // that cannot share memory.
    takeText() {
      const view = new U8(transfer, 0, ctl[BYTES]);
      let text = "";
      for (let i = 0; i < ctl[BYTES]; i++) text += fromCharCode(view[i]);
      return text;
    },
    acceptText(text) {
      const n = text.length;
      ctl[BYTES] = n;
      reserve(n);
      const view = new U8(transfer, 0, n);
      for (let i = 0; i < n; i++) view[i] = charCodeAt(text, i);
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
});
