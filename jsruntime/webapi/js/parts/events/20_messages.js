// MessageChannel: two ports in one context. A message is cloned when it is posted, and
// delivered in a turn of its own. Ports cannot be transferred: there is nobody else.
const { EventTarget, TargetSlot, dispatch, setHandler } = eventTarget();

class PortState {
  port = undefined;
  other = undefined; // the state of the other port
  queue = newList(); // what is not delivered yet
  started = false;
  closed = false;
  handler = { __proto__: null, value: null, listener: null };
  failed = { __proto__: null, value: null, listener: null };
}

class PortSlot extends Slot {
  #s;
  constructor(object, state) {
    super(object);
    this.#s = state;
    state.port = object;
  }
  static of(o) {
    if (!isObject(o) || !(#s in o)) throw illegalInvocation();
    return o.#s;
  }
}

class MessagePort extends EventTarget {
  constructor() {
    throw new TypeErrorCtor("Illegal constructor");
  }
  postMessage(message, options = undefined) {
    const s = PortSlot.of(this);
    need(arguments.length, 1, "postMessage");
    const given = isObject(options) && typeof options[symbolIterator] === "function" ? { __proto__: null, transfer: options } : options;
    const data = cloneFunctions.structuredClone(message, given);
    const to = s.other;
    if (s.closed || to === undefined || to.closed) return;
    deliver(to, data);
  }
  start() { begin(PortSlot.of(this)); }
  close() {
    const s = PortSlot.of(this);
    s.closed = true;
    s.queue = newList();
  }
  get onmessage() { return PortSlot.of(this).handler.value; }
  set onmessage(value) {
    const s = PortSlot.of(this);
    setHandler(this, s.handler, "message", value);
    begin(s);
  }
  get onmessageerror() { return PortSlot.of(this).failed.value; }
  set onmessageerror(value) { setHandler(this, PortSlot.of(this).failed, "messageerror", value); }
}
webClass(MessagePort, "MessagePort");
const PortPrototype = MessagePort.prototype;

function begin(s) {
  if (s.started) return;
  s.started = true;
  for (let i = 0; i < s.queue.length; i++) schedule(s);
}

function deliver(s, data) {
  s.queue[s.queue.length] = data;
  if (s.started) schedule(s);
}

// schedule delivers the oldest message in a turn of its own: whichever of the turns comes
// first, messages come in their order.
function schedule(s) {
  hostStart("timer", "0", undefined, () => {
    if (s.closed || s.queue.length === 0) return;
    const data = s.queue[0];
    removeAt(s.queue, 0);
    const event = trusted("message");
    setPrototypeOf(event, MessagePrototype);
    eventState(event).about = { __proto__: null, data, origin: "", lastEventId: "", source: null, ports: freeze([]) };
    dispatch(s.port, event);
  }, () => {});
}
const MessagePrototype = MessageEvent.prototype;

function newPort() {
  const s = new PortState();
  new PortSlot(new TargetSlot(objectCreate(PortPrototype)), s);
  return s;
}

class ChannelSlot extends Slot {
  #one;
  #two;
  constructor(object, one, two) {
    super(object);
    this.#one = one;
    this.#two = two;
  }
  static one(o) {
    if (!isObject(o) || !(#one in o)) throw illegalInvocation();
    return o.#one;
  }
  static two(o) {
    if (!isObject(o) || !(#one in o)) throw illegalInvocation();
    return o.#two;
  }
}

class MessageChannel {
  constructor() {
    const one = newPort();
    const two = newPort();
    one.other = two;
    two.other = one;
    new ChannelSlot(this, one.port, two.port);
  }
  get port1() { return ChannelSlot.one(this); }
  get port2() { return ChannelSlot.two(this); }
}
webClass(MessageChannel, "MessageChannel");
