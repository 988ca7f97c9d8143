// EventTarget: a list of listeners in a slot that any object can be given.
const eventTarget = once(() => {
  const { state: eventState, has: isEvent, AT_TARGET, NONE } = events();

  class TargetSlot extends Slot {
    #listeners = newList();
    static of(o) {
      if (o === global) globalEvents();
      if (!isObject(o) || !(#listeners in o)) throw illegalInvocation();
      return o.#listeners;
    }
  }

  class Listener {
    type;
    callback;
    capture;
    once;
    passive;
    removed = false;
    constructor(type, callback, capture, once, passive) {
      this.type = type;
      this.callback = callback;
      this.capture = capture;
      this.once = once;
      this.passive = passive;
    }
  }

  function captureOf(options) {
    return isObject(options) ? !!options.capture : !!options;
  }

  function find(listeners, type, callback, capture) {
    for (let i = 0; i < listeners.length; i++) {
      const l = listeners[i];
      if (l.type === type && l.callback === callback && l.capture === capture) return i;
    }
    return -1;
  }

  function checkCallback(callback, where) {
    if (callback === null || callback === undefined || isObject(callback)) return;
    throw new TypeErrorCtor(`${where}: the listener must be a function or an object with handleEvent`);
  }

  function add(listeners, listener) {
    if (find(listeners, listener.type, listener.callback, listener.capture) < 0) listeners[listeners.length] = listener;
  }

  function remove(listeners, i) {
    listeners[i].removed = true;
    removeAt(listeners, i);
  }

  class EventTarget {
    constructor() {
      return new TargetSlot(objectCreate(new.target.prototype));
    }
    addEventListener(type, callback, options = undefined) {
      need(arguments.length, 2, "addEventListener");
      const listeners = TargetSlot.of(this);
      checkCallback(callback, "addEventListener");
      const name = `${type}`;
      const capture = captureOf(options);
      let runOnce = false;
      let passive = false;
      let signal;
      if (isObject(options)) {
        runOnce = !!options.once;
        passive = !!options.passive;
        signal = options.signal;
        if (signal !== undefined && !isSignal(signal)) throw new TypeErrorCtor("addEventListener: signal is not an AbortSignal");
      }
      if (signal !== undefined && isAborted(signal)) return;
      if (callback === null || callback === undefined) return;
      add(listeners, new Listener(name, callback, capture, runOnce, passive));
      if (signal !== undefined) {
        onAbort(signal, () => {
          const i = find(listeners, name, callback, capture);
          if (i >= 0) remove(listeners, i);
        });
      }
    }
    removeEventListener(type, callback, options = undefined) {
      need(arguments.length, 2, "removeEventListener");
      const listeners = TargetSlot.of(this);
      checkCallback(callback, "removeEventListener");
      const i = find(listeners, `${type}`, callback, captureOf(options));
      if (i >= 0) remove(listeners, i);
    }
    dispatchEvent(event) {
      need(arguments.length, 1, "dispatchEvent");
      const target = this;
      TargetSlot.of(target);
      if (!isEvent(event)) throw new TypeErrorCtor("dispatchEvent: the argument is not an Event");
      const s = eventState(event);
      if (s.dispatching) throw newDOMException("The event is being dispatched", "InvalidStateError");
      s.trusted = false;
      dispatch(target, event);
      return !s.canceled;
    }
  }
  webClass(EventTarget, "EventTarget");

  // dispatch runs the listeners; what they throw is reported, and goes no further.
  function dispatch(target, event) {
    const listeners = TargetSlot.of(target);
    const s = eventState(event);
    s.dispatching = true;
    s.target = target;
    s.current = target;
    s.phase = AT_TARGET;
    const now = newList();
    for (let i = 0; i < listeners.length; i++) {
      if (listeners[i].type === s.type) now[now.length] = listeners[i];
    }
    // Capturing listeners come first, at the target too.
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < now.length && !s.stoppedNow; i++) {
        const l = now[i];
        if (l.removed || l.capture !== (pass === 0)) continue;
        if (l.once) {
          const at = find(listeners, l.type, l.callback, l.capture);
          if (at >= 0) remove(listeners, at);
        }
        s.passive = l.passive;
        invoke(l.callback, target, event);
        s.passive = false;
      }
    }
    s.phase = NONE;
    s.current = null;
    s.dispatching = false;
    s.stopped = false;
    s.stoppedNow = false;
  }

  function invoke(callback, target, event) {
    try {
      if (typeof callback === "function") {
        apply(callback, target, [event]);
        return;
      }
      const method = callback.handleEvent;
      if (typeof method !== "function") throw new TypeErrorCtor("handleEvent is not a function");
      apply(method, callback, [event]);
    } catch (e) {
      report(e);
    }
  }

  // setHandler does what assigning to an onNAME attribute does; handler is the state
  // of that attribute: {value, listener}. answer, where it is given, calls it, and returns
  // whether that cancels the event.
  function setHandler(target, handler, type, value, answer) {
    const listeners = TargetSlot.of(target);
    handler.value = isObject(value) ? value : null;
    if (handler.value === null) {
      if (handler.listener !== null) {
        const i = find(listeners, type, handler.listener.callback, false);
        if (i >= 0) remove(listeners, i);
        handler.listener = null;
      }
      return;
    }
    if (handler.listener !== null) return;
    const run = function (event) {
      if (typeof handler.value !== "function") return;
      if (answer === undefined) {
        apply(handler.value, target, [event]);
        return;
      }
      const s = eventState(event);
      if (answer(handler.value, event) && s.cancelable) s.canceled = true;
    };
    handler.listener = new Listener(type, run, false, false, false);
    add(listeners, handler.listener);
  }
  return { __proto__: null, EventTarget, TargetSlot, dispatch, setHandler };
});
