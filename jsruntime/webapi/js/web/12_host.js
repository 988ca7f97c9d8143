// The border to Go: calls, asynchronous operations and the errors they end in.

// hostError makes the error that a name from Go stands for.
function hostError(name, message) {
  switch (name) {
    case undefined:
    case "":
    case "Error":
      return new ErrorCtor(message);
    case "TypeError":
      return new TypeErrorCtor(message);
    case "RangeError":
      return new RangeErrorCtor(message);
    case "SyntaxError":
      return new SyntaxErrorCtor(message);
    default:
      return newDOMException(message, name);
  }
}

// hostCall asks Go, which answers at once.
function hostCall(op, text, bytes) {
  try {
    return host.call(op, text, bytes);
  } catch (e) {
    const name = isObject(e) ? getOwnPropertyDescriptor(e, "name") : undefined;
    if (name === undefined) throw e;
    const message = getOwnPropertyDescriptor(e, "message");
    throw hostError(name.value, message === undefined ? "" : message.value);
  }
}

// Without a constructor, then makes its promise from the intrinsic Promise: neither
// Promise.prototype.constructor nor Symbol.species is asked.
const noConstructor = freeze({ __proto__: null, value: undefined, writable: false, enumerable: false, configurable: false });

// react is promise.then for promises that no function has. The callbacks must not
// throw, and must return nothing.
function react(promise, onFulfilled, onRejected) {
  defineProperty(promise, "constructor", noConstructor);
  promiseThen(promise, onFulfilled, onRejected);
}

// hostStart begins an operation of the running invocation; it throws where there is
// none, or a limit is reached. It returns the id for host.cancel.
function hostStart(op, text, bytes, onDone, onError) {
  const started = host.start(op, text, bytes);
  react(started.promise, onDone, onError);
  return started.id;
}

// operate begins an operation, with host.start or what is like it, that a signal may
// cancel; null is none. made turns its answer into what the promise is resolved with.
function operate(begin, op, text, bytes, signal, made, resolve, reject) {
  if (signal !== null && isAborted(signal)) {
    reject(abortReason(signal));
    return;
  }
  let forget = undefined;
  let over = false;
  const ends = () => {
    if (over) return false;
    over = true;
    if (forget !== undefined) forget();
    return true;
  };
  const done = (answer) => {
    if (!ends()) return;
    try {
      resolve(made(answer));
    } catch (e) {
      reject(e);
    }
  };
  const failed = (e) => {
    if (ends()) reject(hostError(e.name, e.message));
  };
  const started = begin(op, text, bytes, done, failed);
  if (signal !== null) {
    forget = onAbort(signal, () => {
      if (!ends()) return;
      host.cancel(started.id);
      reject(abortReason(signal));
    });
  }
}

function resolved(value) {
  return new PromiseCtor((resolve) => resolve(value));
}

function rejected(reason) {
  return new PromiseCtor((resolve, reject) => reject(reason));
}

// report hands an error that nobody can catch to the host, unless a listener of the global
// scope's has dealt with it.
function report(error) {
  const made = globalEvents(true);
  let handled = false;
  try {
    handled = made !== undefined && made.error(error);
  } catch {
    // what could not be told is logged
  }
  if (!handled) host.reportUnhandled(error);
}
