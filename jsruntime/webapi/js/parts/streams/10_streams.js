// The streams are the library's. What the host itself does with them goes through what
// is captured here, before a function has them.
const { ReadableStream, WritableStream, TransformStream, ReadableStreamDefaultReader } = streamsLibrary;
const getReader = uncurry(ReadableStream.prototype.getReader);
const isLocked = uncurry(getOwnPropertyDescriptor(ReadableStream.prototype, "locked").get);
const teeStream = uncurry(ReadableStream.prototype.tee);
const pipeThrough = uncurry(ReadableStream.prototype.pipeThrough);
const readNext = uncurry(ReadableStreamDefaultReader.prototype.read);
const cancelReader = uncurry(ReadableStreamDefaultReader.prototype.cancel);
const defaultReader = freeze({ __proto__: null });

function isStream(value) {
  return isObject(value) && hasOwn(value, "_readableStreamController") && value instanceof ReadableStream;
}

function isWritable(value) {
  return isObject(value) && hasOwn(value, "_writableStreamController") && value instanceof WritableStream;
}

function isDisturbed(stream) {
  return stream._disturbed === true;
}

function unusable(stream) {
  return isDisturbed(stream) || isLocked(stream);
}

function tee(stream) {
  const two = teeStream(stream);
  const out = newList();
  out[0] = two[0];
  out[1] = two[1];
  return out;
}

function newReadable(source, highWaterMark) {
  return new ReadableStream(source, { __proto__: null, highWaterMark });
}

function ignore() {}

// fromBytes makes a byte stream of what is in memory.
function fromBytes(bytes) {
  return newReadable({
    __proto__: null, type: "bytes",
    pull(controller) {
      if (typedLength(bytes) > 0) controller.enqueue(copyBytes(bytes));
      controller.close();
      if (controller.byobRequest) controller.byobRequest.respond(0);
    },
  }, 0);
}

// spent makes a stream of which all was read.
function spent() {
  const stream = newReadable({ __proto__: null, start(controller) { controller.close(); } }, 0);
  react(readNext(getReader(stream, defaultReader)), ignore, ignore);
  return stream;
}

// through makes a stream that goes on with another one, which is locked from then on.
function through(stream) {
  return pipeThrough(stream, new TransformStream());
}

// A read of the host's: bytes that come from an operation of its own, until there are
// none.
function pulling(begin, dropped, signal) {
  let controller;
  let forget;
  const stream = newReadable({
    __proto__: null, type: "bytes",
    start(c) { controller = c; },
    pull(c) {
      return new PromiseCtor((resolve, reject) => {
        begin((answer) => {
          if (answer.bytes === undefined || typedLength(answer.bytes) === 0) {
            if (forget !== undefined) forget();
            c.close();
            if (c.byobRequest) c.byobRequest.respond(0);
          } else {
            c.enqueue(answer.bytes);
          }
        }, resolve, reject);
      });
    },
    cancel(reason) {
      if (forget !== undefined) forget();
      dropped(reason);
    },
  }, 0);
  if (signal !== null) {
    forget = onAbort(signal, () => {
      dropped(abortReason(signal));
      try {
        controller.error(abortReason(signal));
      } catch {
        // it has ended
      }
    });
  }
  return stream;
}

// fromRemote makes a byte stream of a body that Go holds.
function fromRemote(remote) {
  const { id } = remote;
  return pulling(
    (made, resolve, reject) => operate(host.start, "body.read", id, undefined, remote.signal, made, resolve, reject),
    () => drop("body.drop", id), remote.signal);
}

// drop tells Go that nobody wants a thing any more; where the invocation is over it knows.
function drop(op, text) {
  try {
    hostStart(op, text, undefined, ignore, ignore);
  } catch {
    // the invocation is over
  }
}

// each reads a stream to its end, a chunk after the other: chunk is called with bytes and
// what goes on.
function each(stream, chunk, done, failed) {
  const reader = getReader(stream, defaultReader);
  const stop = (e) => {
    react(cancelReader(reader, e), ignore, ignore);
    failed(e);
  };
  const step = () => react(readNext(reader), (result) => {
    if (result.done) {
      done();
      return;
    }
    const bytes = isObject(result.value) && typedName(result.value) === "Uint8Array" ? result.value : undefined;
    if (bytes === undefined) {
      stop(new TypeErrorCtor("a body's stream gave a chunk that is no Uint8Array"));
      return;
    }
    try {
      chunk(bytes, step, stop);
    } catch (e) {
      stop(e);
    }
  }, failed);
  step();
}

// gather reads a stream to its end, as far as limits.buffers goes.
function gather(stream, done, failed) {
  const all = newList();
  let size = 0;
  each(stream, (bytes, next, stop) => {
    size += typedLength(bytes);
    if (size > host.buffers) {
      stop(new RangeErrorCtor(`the body is over ${host.buffers} bytes (limits.buffers): read it in parts`));
      return;
    }
    all[all.length] = bytes;
    next();
  }, () => done(size === 0 ? new U8(0) : concatBytes(all, size)), failed);
}

// upload sends a stream to Go, where the request of fetch is made; the next chunk is read
// when Go has taken the one before. started is called with what names it in the request.
function upload(stream, started, failed) {
  hostStart("body.open", "", undefined, (answer) => {
    const id = answer.text;
    started(id);
    const ended = (why) => drop("body.end", id + "\n" + why);
    each(stream, (bytes, next, stop) => {
      if (typedLength(bytes) === 0) next();
      else hostStart("body.write", id, bytes, next, (e) => stop(hostError(e.name, e.message)));
    }, () => ended(""), (e) => {
      ended("the request's body failed");
      failed(e);
    });
  }, (e) => failed(hostError(e.name, e.message)));
}
