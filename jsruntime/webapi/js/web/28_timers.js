// setTimeout, setInterval and queueMicrotask.

// timers finds a timer by its id. The references are weak, since the timers of an
// invocation that is over never fire and nobody tells: the pending promise alone
// keeps a timer.
const timers = once(() => {
  class Timer {
    id = 0;
    op = 0;
    repeat;
    delay;
    callback;
    args;
    constructor(callback, delay, repeat, args) {
      this.callback = callback;
      this.delay = delay;
      this.repeat = repeat;
      this.args = args;
    }
  }
  return { __proto__: null, all: new MapCtor(), Timer, sweepAt: 64 };
});

function setTimer(where, repeat, callback, delay, args) {
  if (typeof callback !== "function") throw new TypeErrorCtor(`${where}: the handler must be a function`);
  const known = timers();
  const t = new known.Timer(callback, max(delay | 0, repeat ? 1 : 0), repeat, args);
  arm(t);
  t.id = t.op;
  const { all } = known;
  mapSet(all, t.id, new WeakRefCtor(t));
  if (mapSize(all) >= known.sweepAt) {
    mapForEach(all, (ref, id) => {
      if (deref(ref) === undefined) mapDelete(all, id);
    });
    known.sweepAt = max(64, 2 * mapSize(all));
  }
  return t.id;
}

function arm(t) {
  t.op = hostStart("timer", StringCtor(t.delay), undefined, () => fire(t), () => mapDelete(timers().all, t.id));
}

function fire(t) {
  if (t.op === 0) return;
  if (!t.repeat) {
    mapDelete(timers().all, t.id);
    t.op = 0;
  }
  try {
    apply(t.callback, global, t.args);
  } catch (e) {
    report(e);
  }
  if (t.op === 0) return;
  try {
    arm(t);
  } catch (e) {
    mapDelete(timers().all, t.id);
    report(e);
  }
}

function clearTimer(id) {
  const { all } = timers();
  const ref = mapGet(all, +id);
  if (ref === undefined) return;
  mapDelete(all, +id);
  const t = deref(ref);
  if (t === undefined || t.op === 0) return;
  const op = t.op;
  t.op = 0;
  host.cancel(op);
}

// A settled promise whose reactions are microtasks.
const tick = once(() => resolved(undefined));

const reportFunctions = {
  __proto__: null,
  reportError(error) {
    need(arguments.length, 1, "reportError");
    report(error);
  },
};

const timerFunctions = {
  __proto__: null,
  setTimeout(handler, timeout = 0, ...args) {
    return setTimer("setTimeout", false, handler, timeout, args);
  },
  setInterval(handler, timeout = 0, ...args) {
    return setTimer("setInterval", true, handler, timeout, args);
  },
  clearTimeout(id = 0) {
    clearTimer(id);
  },
  clearInterval(id = 0) {
    clearTimer(id);
  },
  queueMicrotask(callback) {
    if (typeof callback !== "function") throw new TypeErrorCtor("queueMicrotask: the callback must be a function");
    react(tick(), () => {
      try {
        apply(callback, undefined, []);
      } catch (e) {
        report(e);
      }
    }, undefined);
  },
};
