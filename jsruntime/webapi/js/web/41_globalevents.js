// The global scope's events: error, unhandledrejection and rejectionhandled. It is no target
// of events until a function makes it one; until then nothing is asked.
const MAX_PLACE = 1024; // characters of a frame that are looked at

const globalEvents = once(() => {
  const { EventTarget, TargetSlot, dispatch, setHandler } = eventTarget();
  new TargetSlot(global);
  const { addEventListener, removeEventListener, dispatchEvent } = EventTarget.prototype;
  const handlers = { __proto__: null };
  let telling = false; // what an error's listener throws tells no listener again

  // heard reports whether anybody listens.
  function heard(type) {
    const listeners = TargetSlot.of(global);
    for (let i = 0; i < listeners.length; i++) if (listeners[i].type === type) return true;
    return false;
  }

  function handlerOf(type) {
    if (handlers[type] === undefined) handlers[type] = { __proto__: null, value: null, listener: null };
    return handlers[type];
  }

  // tell dispatches an event, and reports whether a listener has said that it is dealt with.
  function tell(event) {
    dispatch(global, event);
    return events().state(event).canceled;
  }

  return {
    __proto__: null, addEventListener, removeEventListener, dispatchEvent,
    handler: (type) => handlerOf(type).value,
    setHandler: (type, value) => setHandler(global, handlerOf(type), type, value, type === "error" ? answerError : answerOf),
    error(error) {
      if (telling || !heard("error")) return false;
      telling = true;
      try {
        const d = describeError(error);
        const at = placeOf(d.stack);
        const message = `Uncaught ${d.name === "" ? "" : d.name + ": "}${d.message}`;
        return tell(eventsPart().newError({ __proto__: null, message, filename: at.file, lineno: at.line, colno: at.column, error }));
      } finally {
        telling = false;
      }
    },
    rejection(type, promise, reason) {
      return heard(type) && tell(eventsPart().newRejection(type, promise, reason));
    },
    heard,
  };
});

// answerOf calls an onNAME handler: what returns false has dealt with the event.
function answerOf(handler, event) {
  return apply(handler, global, [event]) === false;
}

// answerError calls onerror, which gets the event's parts, and says by true that it has.
function answerError(handler, event) {
  const about = events().state(event).about;
  if (about === undefined || !("lineno" in about)) return apply(handler, global, [event]) === false;
  return apply(handler, global, [about.message, about.filename, about.lineno, about.colno, about.error]) === true;
}

// placeOf reads where the first frame of a stack is: "at f (file:line:column)".
function placeOf(stack) {
  const place = { __proto__: null, file: "", line: 0, column: 0 };
  const start = strIndexOf(stack, "\n    at ");
  if (start < 0) return place;
  let end = strIndexOf(stack, "\n", start + 1);
  if (end < 0) end = stack.length;
  let frame = strSlice(stack, start + 8, min(end, start + MAX_PLACE));
  if (frame[frame.length - 1] === ")") frame = strSlice(frame, strIndexOf(frame, "(") + 1, -1);
  const numbers = newList();
  for (let n = 0; n < 2; n++) {
    let at = frame.length - 1;
    while (at >= 0 && frame[at] !== ":") at--;
    numbers[n] = at < 0 ? NaN : +strSlice(frame, at + 1);
    if (numbers[n] !== numbers[n]) return place;
    frame = strSlice(frame, 0, at);
  }
  place.file = frame;
  place.line = numbers[1];
  place.column = numbers[0];
  return place;
}

// rejectionTold tells listeners of a promise that was rejected and has no handler, or got one
// late; it reports whether one of them has dealt with it.
function rejectionTold(type, promise, reason) {
  const made = globalEvents(true);
  if (made === undefined) return false;
  try {
    return made.rejection(type, promise, reason);
  } catch (e) {
    host.reportUnhandled(e);
    return false;
  }
}

// rejectionHeard reports whether anybody listens for either kind.
function rejectionHeard() {
  const made = globalEvents(true);
  return made !== undefined && (made.heard("unhandledrejection") || made.heard("rejectionhandled"));
}
