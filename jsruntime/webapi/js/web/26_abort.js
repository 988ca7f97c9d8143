// AbortController and AbortSignal. The host's own use of them (deadlines, fetch)
// goes through the functions below, never through what a function can see.
const aborting = once(() => {
  const { EventTarget, TargetSlot, dispatch, setHandler } = eventTarget();
  const { trusted } = events();

  class SignalState {
    signal = undefined;
    aborted = false;
    reason = undefined;
    algorithms = newList();
    // Signals made by any(): those that follow this one, and those it follows.
    dependents = newList();
    sources = newList();
    handler = { __proto__: null, value: null, listener: null };
  }

  class SignalSlot extends Slot {
    #s;
    constructor(object, state) {
      super(object);
      this.#s = state;
      state.signal = object;
    }
    static has(o) {
      return isObject(o) && #s in o;
    }
    static state(o) {
      if (!SignalSlot.has(o)) throw illegalInvocation();
      return o.#s;
    }
  }

  class ControllerSlot extends Slot {
    #s;
    constructor(object, state) {
      super(object);
      this.#s = state;
    }
    static state(o) {
      if (!isObject(o) || !(#s in o)) throw illegalInvocation();
      return o.#s;
    }
  }

  class AbortSignal extends EventTarget {
    constructor() {
      throw new TypeErrorCtor("Illegal constructor");
    }
    static abort(reason = undefined) {
      const s = newSignal();
      s.aborted = true;
      s.reason = reason === undefined ? newDOMException("This operation was aborted", "AbortError") : reason;
      return s.signal;
    }
    static timeout(milliseconds) {
      need(arguments.length, 1, "AbortSignal.timeout");
      const ms = trunc(+milliseconds);
      if (!(ms >= 0 && ms <= MAX_SAFE_INTEGER)) throw new TypeErrorCtor("AbortSignal.timeout: milliseconds is out of range");
      const s = newSignal();
      hostStart("timer", StringCtor(ms), undefined, () => {
        abort(s, newDOMException("The operation timed out", "TimeoutError"));
      }, ignore);
      return s.signal;
    }
    static any(signals) {
      need(arguments.length, 1, "AbortSignal.any");
      if (!isObject(signals)) throw new TypeErrorCtor("AbortSignal.any: the argument is not iterable");
      const sources = newList();
      iterate(signals, signals[symbolIterator], (signal) => {
        if (!SignalSlot.has(signal)) throw new TypeErrorCtor("AbortSignal.any: an element is not an AbortSignal");
        sources[sources.length] = signal;
      });
      return following(sources);
    }
    get aborted() { return SignalSlot.state(this).aborted; }
    get reason() { return SignalSlot.state(this).reason; }
    throwIfAborted() {
      const s = SignalSlot.state(this);
      if (s.aborted) throw s.reason;
    }
    get onabort() { return SignalSlot.state(this).handler.value; }
    set onabort(value) { setHandler(this, SignalSlot.state(this).handler, "abort", value); }
  }
  webClass(AbortSignal, "AbortSignal");
  const SignalPrototype = AbortSignal.prototype;

  class AbortController {
    constructor() {
      new ControllerSlot(this, newSignal());
    }
    get signal() { return ControllerSlot.state(this).signal; }
    abort(reason = undefined) { abort(ControllerSlot.state(this), reason); }
  }
  webClass(AbortController, "AbortController");

  function ignore() {}

  function newSignal() {
    const s = new SignalState();
    new SignalSlot(new TargetSlot(objectCreate(SignalPrototype)), s);
    return s;
  }

  // following makes a signal that aborts when one of the sources does. A source
  // holds it until then; the specification would let it be collected earlier
  // (DOM 3.2.1, dependent signals).
  function following(signals) {
    const s = newSignal();
    for (let i = 0; i < signals.length; i++) {
      const source = SignalSlot.state(signals[i]);
      if (source.aborted) {
        s.aborted = true;
        s.reason = source.reason;
        return s.signal;
      }
    }
    for (let i = 0; i < signals.length; i++) {
      const source = SignalSlot.state(signals[i]);
      if (source.sources.length === 0) {
        link(source, s);
      } else {
        for (let k = 0; k < source.sources.length; k++) link(source.sources[k], s);
      }
    }
    return s.signal;
  }

  function link(source, s) {
    for (let i = 0; i < s.sources.length; i++) if (s.sources[i] === source) return;
    s.sources[s.sources.length] = source;
    source.dependents[source.dependents.length] = s;
  }

  function abort(s, reason) {
    if (s.aborted) return;
    const all = newList();
    all[0] = s;
    mark(s, reason === undefined ? newDOMException("This operation was aborted", "AbortError") : reason);
    const dependents = s.dependents;
    s.dependents = newList();
    for (let i = 0; i < dependents.length; i++) {
      if (dependents[i].aborted) continue;
      mark(dependents[i], s.reason);
      all[all.length] = dependents[i];
    }
    for (let i = 0; i < all.length; i++) run(all[i]);
  }

  function mark(s, reason) {
    s.aborted = true;
    s.reason = reason;
    for (let i = 0; i < s.sources.length; i++) {
      const list = s.sources[i].dependents;
      for (let k = 0; k < list.length; k++) {
        if (list[k] === s) {
          removeAt(list, k);
          break;
        }
      }
    }
  }

  function run(s) {
    const algorithms = s.algorithms;
    s.algorithms = newList();
    for (let i = 0; i < algorithms.length; i++) algorithms[i]();
    dispatch(s.signal, trusted("abort"));
  }

  return { __proto__: null, AbortController, AbortSignal, SignalSlot, newSignal, following, abort };
});

function isSignal(value) {
  return aborting().SignalSlot.has(value);
}

function isAborted(signal) {
  return aborting().SignalSlot.state(signal).aborted;
}

function abortReason(signal) {
  return aborting().SignalSlot.state(signal).reason;
}

// onAbort runs callback once when the signal aborts; the returned function takes it
// back.
function onAbort(signal, callback) {
  const s = aborting().SignalSlot.state(signal);
  s.algorithms[s.algorithms.length] = callback;
  return () => {
    for (let i = 0; i < s.algorithms.length; i++) {
      if (s.algorithms[i] === callback) {
        removeAt(s.algorithms, i);
        return;
      }
    }
  };
}

// newAbortController is the host's: its abort cannot be tampered with.
function newAbortController() {
  const { newSignal, abort } = aborting();
  const s = newSignal();
  return { __proto__: null, signal: s.signal, abort: (reason) => abort(s, reason) };
}
