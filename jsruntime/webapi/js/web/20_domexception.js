// DOMException, and QuotaExceededError, which is one. They are no native errors, since V8
// writes a stack's first line without the message of one whose message is an accessor, but
// they have a stack as one has.
const domException = once(() => {
  const codes = {
    __proto__: null,
    IndexSizeError: 1, HierarchyRequestError: 3, WrongDocumentError: 4, InvalidCharacterError: 5,
    NoModificationAllowedError: 7, NotFoundError: 8, NotSupportedError: 9, InUseAttributeError: 10,
    InvalidStateError: 11, SyntaxError: 12, InvalidModificationError: 13, NamespaceError: 14,
    InvalidAccessError: 15, TypeMismatchError: 17, SecurityError: 18, NetworkError: 19, AbortError: 20,
    URLMismatchError: 21, QuotaExceededError: 22, TimeoutError: 23, InvalidNodeTypeError: 24, DataCloneError: 25,
  };

  class ExceptionSlot extends Slot {
    #message;
    #name;
    constructor(error, message, name) {
      super(error);
      this.#message = message;
      this.#name = name;
    }
    static has(o) {
      return isObject(o) && #name in o;
    }
    static message(o) {
      if (!ExceptionSlot.has(o)) throw illegalInvocation();
      return o.#message;
    }
    static nameOf(o) {
      if (!ExceptionSlot.has(o)) throw illegalInvocation();
      return o.#name;
    }
  }

  // make leaves the frames of above out of the stack.
  function make(prototype, message, name, above) {
    const error = new ExceptionSlot(objectCreate(prototype), message, name);
    try {
      if (captureStackTrace !== undefined) captureStackTrace(error, above);
      else defineHidden(error, "stack", new ErrorCtor().stack);
    } catch {
      // Error.prepareStackTrace is the function's; without it there is no stack
    }
    return error;
  }

  class DOMException {
    constructor(message = "", options = "Error") {
      let name = "Error";
      let cause;
      let caused = false;
      if (isObject(options)) {
        const given = options.name;
        if (given !== undefined) name = `${given}`;
        if ("cause" in options) {
          cause = options.cause;
          caused = true;
        }
      } else {
        name = `${options}`;
      }
      const error = make(new.target.prototype, `${message}`, name, DOMException);
      if (caused) defineHidden(error, "cause", cause);
      return error;
    }
    get name() {
      return ExceptionSlot.nameOf(this);
    }
    get message() {
      return ExceptionSlot.message(this);
    }
    get code() {
      return codes[ExceptionSlot.nameOf(this)] || 0;
    }
  }
  setPrototypeOf(DOMException.prototype, ErrorPrototype);
  webClass(DOMException, "DOMException");
  constants(DOMException, {
    __proto__: null,
    INDEX_SIZE_ERR: 1, DOMSTRING_SIZE_ERR: 2, HIERARCHY_REQUEST_ERR: 3, WRONG_DOCUMENT_ERR: 4,
    INVALID_CHARACTER_ERR: 5, NO_DATA_ALLOWED_ERR: 6, NO_MODIFICATION_ALLOWED_ERR: 7, NOT_FOUND_ERR: 8,
    NOT_SUPPORTED_ERR: 9, INUSE_ATTRIBUTE_ERR: 10, INVALID_STATE_ERR: 11, SYNTAX_ERR: 12,
    INVALID_MODIFICATION_ERR: 13, NAMESPACE_ERR: 14, INVALID_ACCESS_ERR: 15, VALIDATION_ERR: 16,
    TYPE_MISMATCH_ERR: 17, SECURITY_ERR: 18, NETWORK_ERR: 19, ABORT_ERR: 20, URL_MISMATCH_ERR: 21,
    QUOTA_EXCEEDED_ERR: 22, TIMEOUT_ERR: 23, INVALID_NODE_TYPE_ERR: 24, DATA_CLONE_ERR: 25,
  });
  const prototype = DOMException.prototype;

  // QuotaSlot is what a QuotaExceededError has beside that: numbers, or null.
  class QuotaSlot extends Slot {
    #quota;
    #requested;
    constructor(error, quota, requested) {
      super(error);
      this.#quota = quota;
      this.#requested = requested;
    }
    static has(o) {
      return isObject(o) && #quota in o;
    }
    static quota(o) {
      if (!QuotaSlot.has(o)) throw illegalInvocation();
      return o.#quota;
    }
    static requested(o) {
      if (!QuotaSlot.has(o)) throw illegalInvocation();
      return o.#requested;
    }
  }

  function makeQuota(prototype, message, quota, requested, above) {
    return new QuotaSlot(make(prototype, message, "QuotaExceededError", above), quota, requested);
  }

  // double reads a member of the dictionary that the constructor takes; null where it is not there.
  function double(options, key) {
    const given = options[key];
    if (given === undefined) return null;
    const number = +given;
    if (number - number !== 0) throw new TypeErrorCtor(`QuotaExceededError: ${key} must be a finite number`);
    return number;
  }

  class QuotaExceededError extends DOMException {
    // It does not call super: what DOMException inherits from is a function's to change.
    constructor(message = "", options = {}) {
      const text = `${message}`;
      let quota = null;
      let requested = null;
      if (options !== null) {
        if (!isObject(options)) throw new TypeErrorCtor("QuotaExceededError: the options must be an object");
        quota = double(options, "quota");
        requested = double(options, "requested");
      }
      if (quota !== null && quota < 0) throw new RangeErrorCtor("QuotaExceededError: quota must not be negative");
      if (requested !== null && requested < 0) throw new RangeErrorCtor("QuotaExceededError: requested must not be negative");
      if (quota !== null && requested !== null && requested < quota) {
        throw new RangeErrorCtor("QuotaExceededError: requested must not be less than quota");
      }
      return makeQuota(new.target.prototype, text, quota, requested, QuotaExceededError);
    }
    get quota() {
      return QuotaSlot.quota(this);
    }
    get requested() {
      return QuotaSlot.requested(this);
    }
  }
  webClass(QuotaExceededError, "QuotaExceededError");
  const quotaPrototype = QuotaExceededError.prototype;

  function create(message, name) {
    if (name === "QuotaExceededError") return makeQuota(quotaPrototype, message, null, null, newDOMException);
    return make(prototype, message, name, newDOMException);
  }

  // clone is what structuredClone makes of one. A DOMException that only has the name of the
  // other stays a DOMException.
  function clone(error) {
    const message = ExceptionSlot.message(error);
    if (QuotaSlot.has(error)) return makeQuota(quotaPrototype, message, QuotaSlot.quota(error), QuotaSlot.requested(error), clone);
    return make(prototype, message, ExceptionSlot.nameOf(error), clone);
  }

  // text reads what describeError asks for, whatever became of the prototype.
  function text(error, key) {
    if (key === "name") return ExceptionSlot.nameOf(error);
    return key === "message" ? ExceptionSlot.message(error) : error[key];
  }
  return { __proto__: null, DOMException, QuotaExceededError, text, has: ExceptionSlot.has, create, clone };
});

function newDOMException(message, name) {
  return domException().create(message, name);
}
