// Event and CustomEvent.
const events = once(() => {
  const NONE = 0, AT_TARGET = 2;

  class EventSlot extends Slot {
    #s;
    constructor(object, state) {
      super(object);
      this.#s = state;
    }
    static state(o) {
      if (!EventSlot.has(o)) throw illegalInvocation();
      return o.#s;
    }
    static has(o) {
      return isObject(o) && #s in o;
    }
  }

  class EventState {
    type = "";
    bubbles = false;
    cancelable = false;
    composed = false;
    canceled = false;
    stopped = false;
    stoppedNow = false;
    passive = false;
    dispatching = false;
    phase = NONE;
    target = null;
    current = null;
    trusted = false;
    detail = null;
    about = undefined; // what the classes of the part events add
    time = host.now();
  }

  function init(event, where, args, type, options) {
    need(args, 1, where);
    const s = new EventState();
    s.type = `${type}`;
    if (options !== undefined && options !== null) {
      if (!isObject(options)) throw new TypeErrorCtor(`${where}: options must be an object`);
      s.bubbles = !!options.bubbles;
      s.cancelable = !!options.cancelable;
      s.composed = !!options.composed;
    }
    new EventSlot(event, s);
    return s;
  }

  class Event {
    constructor(type, options = undefined) {
      init(this, "Event constructor", arguments.length, type, options);
    }
    get type() { return EventSlot.state(this).type; }
    get target() { return EventSlot.state(this).target; }
    get srcElement() { return EventSlot.state(this).target; }
    get currentTarget() { return EventSlot.state(this).current; }
    get eventPhase() { return EventSlot.state(this).phase; }
    get bubbles() { return EventSlot.state(this).bubbles; }
    get cancelable() { return EventSlot.state(this).cancelable; }
    get composed() { return EventSlot.state(this).composed; }
    get defaultPrevented() { return EventSlot.state(this).canceled; }
    get isTrusted() { return EventSlot.state(this).trusted; }
    get timeStamp() { return EventSlot.state(this).time; }
    get returnValue() { return !EventSlot.state(this).canceled; }
    set returnValue(v) { if (!v) cancel(EventSlot.state(this)); }
    get cancelBubble() { return EventSlot.state(this).stopped; }
    set cancelBubble(v) { if (v) EventSlot.state(this).stopped = true; }
    composedPath() {
      const s = EventSlot.state(this);
      return s.current === null ? [] : [s.current];
    }
    stopPropagation() { EventSlot.state(this).stopped = true; }
    stopImmediatePropagation() {
      const s = EventSlot.state(this);
      s.stopped = true;
      s.stoppedNow = true;
    }
    preventDefault() { cancel(EventSlot.state(this)); }
    initEvent(type, bubbles = false, cancelable = false) {
      need(arguments.length, 1, "initEvent");
      const s = EventSlot.state(this);
      if (s.dispatching) return;
      s.type = `${type}`;
      s.bubbles = !!bubbles;
      s.cancelable = !!cancelable;
      s.canceled = false;
      s.stopped = false;
      s.stoppedNow = false;
      s.target = null;
    }
  }
  webClass(Event, "Event");
  constants(Event, { __proto__: null, NONE, CAPTURING_PHASE: 1, AT_TARGET, BUBBLING_PHASE: 3 });

  function cancel(s) {
    if (s.cancelable && !s.passive) s.canceled = true;
  }

  // CustomEvent's detail lives in the event's state. Its constructor avoids super,
  // which a function can redirect.
  class CustomEvent extends Event {
    constructor(type, options = undefined) {
      const event = objectCreate(new.target.prototype);
      const s = init(event, "CustomEvent constructor", arguments.length, type, options);
      if (options !== undefined && options !== null && options.detail !== undefined) s.detail = options.detail;
      return event;
    }
    get detail() { return EventSlot.state(this).detail; }
    initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
      apply(initEvent, this, [type, bubbles, cancelable]);
      EventSlot.state(this).detail = detail;
    }
  }
  const initEvent = Event.prototype.initEvent;
  webClass(CustomEvent, "CustomEvent");

  // make is a constructor's that avoids super.
  function make(prototype, where, args, type, options) {
    const event = objectCreate(prototype);
    init(event, where, args, type, options);
    return event;
  }

  // trusted makes an event of the host's own.
  function trusted(type) {
    const s = new EventState();
    s.type = type;
    s.trusted = true;
    return new EventSlot(objectCreate(EventPrototype), s);
  }
  const EventPrototype = Event.prototype;
  return { __proto__: null, Event, CustomEvent, state: EventSlot.state, has: EventSlot.has, trusted, make, AT_TARGET, NONE };
});
