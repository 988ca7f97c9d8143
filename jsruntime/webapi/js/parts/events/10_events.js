// ErrorEvent, PromiseRejectionEvent and MessageEvent: events with what they are about.
const { Event, make, state: eventState, trusted } = events();

class ErrorEvent extends Event {
  constructor(type, options = undefined) {
    const given = options === undefined || options === null ? undefined : options;
    const event = make(new.target.prototype, "ErrorEvent constructor", arguments.length, type, options);
    const about = { __proto__: null, message: "", filename: "", lineno: 0, colno: 0, error: undefined };
    if (isObject(given)) {
      if (given.message !== undefined) about.message = `${given.message}`;
      if (given.filename !== undefined) about.filename = `${given.filename}`;
      if (given.lineno !== undefined) about.lineno = given.lineno >>> 0;
      if (given.colno !== undefined) about.colno = given.colno >>> 0;
      about.error = given.error;
    }
    eventState(event).about = about;
    return event;
  }
  get message() { return aboutOf(this, "message"); }
  get filename() { return aboutOf(this, "filename"); }
  get lineno() { return aboutOf(this, "lineno"); }
  get colno() { return aboutOf(this, "colno"); }
  get error() { return aboutOf(this, "error"); }
}
webClass(ErrorEvent, "ErrorEvent");

class PromiseRejectionEvent extends Event {
  constructor(type, options) {
    need(arguments.length, 2, "PromiseRejectionEvent constructor");
    if (!isObject(options) || !isObject(options.promise)) {
      throw new TypeErrorCtor("PromiseRejectionEvent constructor: options must have a promise");
    }
    const event = make(new.target.prototype, "PromiseRejectionEvent constructor", 1, type, options);
    eventState(event).about = { __proto__: null, promise: options.promise, reason: options.reason };
    return event;
  }
  get promise() { return aboutOf(this, "promise"); }
  get reason() { return aboutOf(this, "reason"); }
}
webClass(PromiseRejectionEvent, "PromiseRejectionEvent");

class MessageEvent extends Event {
  constructor(type, options = undefined) {
    const event = make(new.target.prototype, "MessageEvent constructor", arguments.length, type, options);
    const about = { __proto__: null, data: null, origin: "", lastEventId: "", source: null, ports: freeze([]) };
    if (isObject(options)) {
      if (options.data !== undefined) about.data = options.data;
      if (options.origin !== undefined) about.origin = `${options.origin}`;
      if (options.lastEventId !== undefined) about.lastEventId = `${options.lastEventId}`;
      if (options.source !== undefined) about.source = options.source;
      if (options.ports !== undefined) {
        const ports = newList();
        iterate(options.ports, options.ports[symbolIterator], (p) => { ports[ports.length] = p; });
        about.ports = freeze(toArray(ports));
      }
    }
    eventState(event).about = about;
    return event;
  }
  get data() { return aboutOf(this, "data"); }
  get origin() { return aboutOf(this, "origin"); }
  get lastEventId() { return aboutOf(this, "lastEventId"); }
  get source() { return aboutOf(this, "source"); }
  get ports() { return aboutOf(this, "ports"); }
}
webClass(MessageEvent, "MessageEvent");

// aboutGlobal makes an event of the host's that a listener can cancel.
function aboutGlobal(type, prototype, about, cancelable) {
  const event = setPrototypeOf(trusted(type), prototype);
  const s = eventState(event);
  s.about = about;
  s.cancelable = cancelable;
  return event;
}
const ErrorPrototypeOfEvents = ErrorEvent.prototype, RejectionPrototype = PromiseRejectionEvent.prototype;

function newError(about) {
  return aboutGlobal("error", ErrorPrototypeOfEvents, about, true);
}

function newRejection(type, promise, reason) {
  return aboutGlobal(type, RejectionPrototype, { __proto__: null, promise, reason }, type === "unhandledrejection");
}

function aboutOf(event, key) {
  const { about } = eventState(event);
  if (about === undefined || !(key in about)) throw illegalInvocation();
  return about[key];
}
