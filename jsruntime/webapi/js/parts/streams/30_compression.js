// CompressionStream and DecompressionStream: Go does the work, in a goroutine between two
// bounded queues, so that neither side runs away from the other; see flate.go.

function flatePair(where, mode, format) {
  const name = `${format}`;
  if (name !== "gzip" && name !== "deflate" && name !== "deflate-raw" && name !== "brotli") {
    throw new TypeErrorCtor(`${where}: format must be gzip, deflate, deflate-raw or brotli, it is ${jsonStringify(cut(name, 40))}`);
  }
  let opened; // a promise of what Go calls it, made with the first use
  let failedWith; // {reason}
  let reading = false; // Go is asked for what comes out
  let source, sink; // the controllers
  const fail = (e) => {
    if (failedWith !== undefined) return;
    failedWith = { __proto__: null, reason: e };
    failSource();
    try { sink.error(e); } catch { /* it has ended */ }
  };
  const failSource = () => {
    try { source.error(failedWith.reason); } catch { /* it has ended */ }
  };
  // failWrite is of what cannot be written on: what came out before is read first.
  const failWrite = (e) => {
    if (!reading || failedWith !== undefined) return fail(e);
    failedWith = { __proto__: null, reason: e };
    try { sink.error(e); } catch { /* it has ended */ }
  };
  // ask does an operation of the pair, the first one after it was opened.
  const ask = (op, bytes, done, failed) => {
    if (opened === undefined) {
      opened = new PromiseCtor((resolve, reject) => {
        hostStart("flate.open", mode + " " + name, undefined, (answer) => resolve(answer.text), (e) => reject(hostError(e.name, e.message)));
      });
    }
    react(opened, (id) => {
      try {
        hostStart(op, id, bytes, done, (e) => failed(hostError(e.name, e.message)));
      } catch (e) {
        failed(e);
      }
    }, failed);
  };
  const settle = (op, bytes) => new PromiseCtor((resolve, reject) => {
    ask(op, bytes, () => resolve(undefined), (e) => {
      failWrite(e);
      reject(e);
    });
  });
  const readable = newReadable({
    __proto__: null,
    start(c) { source = c; },
    pull(c) {
      reading = true;
      return new PromiseCtor((resolve, reject) => {
        ask("flate.read", undefined, (answer) => {
          reading = false;
          try {
            if (answer.bytes !== undefined && typedLength(answer.bytes) > 0) c.enqueue(answer.bytes);
            else if (failedWith === undefined) c.close();
          } catch { /* it was given up meanwhile */ }
          if (failedWith !== undefined) failSource();
          resolve(undefined);
        }, (e) => {
          reading = false;
          if (failedWith !== undefined) failSource();
          else fail(e);
          reject(e);
        });
      });
    },
    cancel(reason) {
      fail(reason);
      return settle("flate.drop", undefined);
    },
  }, 0);
  const writable = new WritableStream({
    __proto__: null,
    start(c) { sink = c; },
    write(chunk) {
      let bytes;
      try {
        bytes = sourceOf(chunk);
      } catch (e) {
        fail(e);
        throw e;
      }
      return settle("flate.write", copyBytes(bytes));
    },
    close() { return settle("flate.end", undefined); },
    abort(reason) {
      fail(reason);
      return settle("flate.drop", undefined);
    },
  });
  return { __proto__: null, readable, writable };
}

class CompressionStream {
  constructor(format) {
    need(arguments.length, 1, "CompressionStream constructor");
    new PairSlot(this, flatePair("CompressionStream", "compress", format));
  }
  get readable() { return PairSlot.of(this).readable; }
  get writable() { return PairSlot.of(this).writable; }
}
webClass(CompressionStream, "CompressionStream");

class DecompressionStream {
  constructor(format) {
    need(arguments.length, 1, "DecompressionStream constructor");
    new PairSlot(this, flatePair("DecompressionStream", "decompress", format));
  }
  get readable() { return PairSlot.of(this).readable; }
  get writable() { return PairSlot.of(this).writable; }
}
webClass(DecompressionStream, "DecompressionStream");
