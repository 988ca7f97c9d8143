// performance and navigator.
const performanceObject = once(() => {
  class PerformanceSlot extends Slot {
    #brand;
    static check(o) {
      if (!isObject(o) || !(#brand in o)) throw illegalInvocation();
    }
  }
  class Performance {
    constructor() {
      throw new TypeErrorCtor("Illegal constructor");
    }
    now() {
      PerformanceSlot.check(this);
      return host.now();
    }
    get timeOrigin() {
      PerformanceSlot.check(this);
      return host.timeOrigin;
    }
    toJSON() {
      PerformanceSlot.check(this);
      return { timeOrigin: host.timeOrigin };
    }
  }
  webClass(Performance, "Performance");
  return { __proto__: null, Performance, performance: new PerformanceSlot(objectCreate(Performance.prototype)) };
});

const navigatorObject = once(() => {
  class Navigator {
    constructor() {
      throw new TypeErrorCtor("Illegal constructor");
    }
    get userAgent() { return hostCall("useragent", "", undefined); }
  }
  webClass(Navigator, "Navigator");
  return { __proto__: null, Navigator, navigator: objectCreate(Navigator.prototype) };
});
