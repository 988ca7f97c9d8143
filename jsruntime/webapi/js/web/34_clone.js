// structuredClone, in JavaScript alone. Deviation: where buffers are transferred,
// the value is walked twice (once to see that it can be cloned at all), so getters
// run twice. SharedArrayBuffer is refused.
const cloning = once(() => {
  const errors = {
    __proto__: null, Error: ErrorCtor, EvalError: EvalErrorCtor, RangeError: RangeErrorCtor,
    ReferenceError: ReferenceErrorCtor, SyntaxError: SyntaxErrorCtor, TypeError: TypeErrorCtor, URIError: URIErrorCtor,
  };
  function refuse(what) {
    return newDOMException(`${what} could not be cloned`, "DataCloneError");
  }

  // brand returns what reading gives, or undefined where value is of another kind.
  function brand(read, value) {
    try {
      return read(value);
    } catch {
      return undefined;
    }
  }

  class Cloner {
    memory = new MapCtor();
    // views remembers how views lie in buffers that are to be transferred.
    views = new MapCtor();

    clone(value) {
      if (!isObject(value)) {
        if (typeof value === "symbol") throw refuse(symbolToString(value));
        return value;
      }
      if (mapHas(this.memory, value)) return mapGet(this.memory, value);
      if (typeof value === "function") throw refuse(functionName(value));
      const prototype = getPrototypeOf(value);
      if (prototype === ObjectPrototype || prototype === null) return this.plain(value);
      if (isArray(value)) return this.array(value);
      if (isView(value)) return this.view(value);
      return this.exotic(value);
    }

    remember(value, copy) {
      mapSet(this.memory, value, copy);
      return copy;
    }

    plain(value) {
      return this.properties(value, this.remember(value, {}));
    }

    array(value) {
      const copy = this.remember(value, []);
      copy.length = value.length;
      return this.properties(value, copy);
    }

    properties(value, copy) {
      const keys = objectKeys(value);
      for (let i = 0; i < keys.length; i++) {
        if (hasOwn(value, keys[i])) defineData(copy, keys[i], this.clone(value[keys[i]]));
      }
      return copy;
    }

    buffer(value) {
      if (bufferDetached !== undefined && bufferDetached(value)) throw refuse("A detached ArrayBuffer");
      const copy = new ArrayBufferCtor(bufferLength(value));
      typedSet(new U8(copy), new U8(value));
      return this.remember(value, copy);
    }

    view(value) {
      const name = typedName(value);
      let at = mapGet(this.views, value);
      if (at === undefined) {
        at = name === undefined
          ? { __proto__: null, buffer: viewBuffer(value), offset: viewByteOffset(value), length: viewByteLength(value) }
          : { __proto__: null, buffer: typedBuffer(value), offset: typedByteOffset(value), length: typedLength(value) };
        mapSet(this.views, value, at);
      }
      if (!isArrayBuffer(at.buffer)) throw refuse("A SharedArrayBuffer");
      const buffer = mapHas(this.memory, at.buffer) ? mapGet(this.memory, at.buffer) : this.buffer(at.buffer);
      const C = name === undefined ? DataViewCtor : viewClasses[name];
      return this.remember(value, new C(buffer, at.offset, at.length));
    }

    exotic(value) {
      const tag = objectToString(value);
      switch (tag) {
        case "[object Map]": {
          if (brand(mapSize, value) === undefined) break;
          const copy = this.remember(value, new MapCtor());
          const pairs = newList();
          mapForEach(value, (v, k) => { pairs[pairs.length] = [k, v]; });
          for (let i = 0; i < pairs.length; i++) mapSet(copy, this.clone(pairs[i][0]), this.clone(pairs[i][1]));
          return copy;
        }
        case "[object Set]": {
          if (brand(setSize, value) === undefined) break;
          const copy = this.remember(value, new SetCtor());
          const items = newList();
          setForEach(value, (v) => { items[items.length] = v; });
          for (let i = 0; i < items.length; i++) setAdd(copy, this.clone(items[i]));
          return copy;
        }
        case "[object ArrayBuffer]":
          if (isArrayBuffer(value)) return this.buffer(value);
          break;
        case "[object Date]": {
          const time = brand(dateGetTime, value);
          if (time !== undefined) return this.remember(value, new DateCtor(time));
          break;
        }
        case "[object RegExp]": {
          const flags = brand(regexpFlags, value);
          if (flags !== undefined) return this.remember(value, new RegExpCtor(regexpSource(value), flags));
          break;
        }
        case "[object Boolean]":
        case "[object Number]":
        case "[object String]":
        case "[object BigInt]":
        case "[object Symbol]":
          return this.remember(value, ObjectCtor(this.boxed(tag, value)));
        case "[object Error]":
          return this.error(value);
        case "[object DOMException]":
        case "[object QuotaExceededError]":
          if (domException().has(value)) return this.remember(value, domException().clone(value));
          break;
        case "[object Blob]":
        case "[object File]":
          if (files(true) !== undefined && files().isBlob(value)) return this.remember(value, files().cloneBlob(value));
          break;
        case "[object CryptoKey]":
          if (cryptoPart(true) !== undefined && cryptoPart().has(value)) return this.remember(value, cryptoPart().clone(value));
          break;
        default:
          if (isPlatform(value, tag)) throw refuse(`${tag}`);
      }
      return this.plain(value);
    }

    boxed(tag, value) {
      const read = tag === "[object Boolean]" ? booleanValueOf : tag === "[object Number]" ? numberValueOf
        : tag === "[object String]" ? stringValueOf : tag === "[object BigInt]" ? bigintValueOf : undefined;
      const inner = read === undefined ? undefined : brand(read, value);
      if (inner === undefined) throw refuse(`${tag}`);
      return inner;
    }

    error(value) {
      const name = `${value.name}`;
      const C = errors[name] || ErrorCtor;
      const message = getOwnPropertyDescriptor(value, "message");
      const copy = this.remember(value, message !== undefined && "value" in message ? new C(`${message.value}`) : new C());
      const stack = value.stack;
      if (typeof stack === "string") defineHidden(copy, "stack", stack);
      if (hasOwn(value, "cause")) defineHidden(copy, "cause", this.clone(value.cause));
      return copy;
    }
  }

  // isPlatform tells objects whose state is not in properties.
  function isPlatform(value, tag) {
    switch (tag) {
      case "[object Promise]": case "[object WeakMap]": case "[object WeakSet]": case "[object WeakRef]":
      case "[object Generator]": case "[object AsyncGenerator]": case "[object SharedArrayBuffer]":
      case "[object Headers]": case "[object Request]": case "[object Response]": case "[object URL]":
      case "[object URLSearchParams]": case "[object FormData]": case "[object ReadableStream]": case "[object WritableStream]":
      case "[object TransformStream]": case "[object URLPattern]": case "[object AbortSignal]": case "[object AbortController]":
      case "[object Event]": case "[object CustomEvent]": case "[object EventTarget]": case "[object FinalizationRegistry]":
        return true;
      default:
        return false;
    }
  }

  function functionName(f) {
    const d = getOwnPropertyDescriptor(f, "name");
    return d !== undefined && typeof d.value === "string" && d.value !== "" ? `function ${d.value}` : "A function";
  }

  return (value, options) => {
    const list = newList();
    if (isObject(options) && options.transfer !== undefined) {
      iterate(options.transfer, options.transfer[symbolIterator], (item) => {
        if (!isObject(item) || !isArrayBuffer(item)) throw refuse("A value in transfer that is no ArrayBuffer");
        for (let i = 0; i < list.length; i++) if (list[i] === item) throw refuse("An ArrayBuffer that is in transfer twice");
        if (bufferTransfer === undefined || bufferDetached(item)) throw refuse("An ArrayBuffer that cannot be transferred");
        list[list.length] = item;
      });
    }
    const cloner = new Cloner();
    if (list.length === 0) return cloner.clone(value);
    cloner.clone(value);
    cloner.memory = new MapCtor();
    for (let i = 0; i < list.length; i++) mapSet(cloner.memory, list[i], bufferTransfer(list[i]));
    return cloner.clone(value);
  };
});

const cloneFunctions = {
  __proto__: null,
  structuredClone(value, options = undefined) {
    need(arguments.length, 1, "structuredClone");
    return cloning()(value, options);
  },
};
