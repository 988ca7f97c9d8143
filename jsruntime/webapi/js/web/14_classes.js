// How the Web's classes are made: only when first touched, with enumerable members
// as Web IDL wants them, and with slots that no function can forge.

// Slot is the base of classes that add a private field to an object that exists
// already, whatever its class: class BodySlot extends Slot { #body; ... }.
function Slot(object) {
  return object;
}

// webClass gives a class what Web IDL says of interfaces.
function webClass(C, name) {
  const prototype = C.prototype;
  const names = ownKeys(prototype);
  for (let i = 0; i < names.length; i++) {
    if (names[i] === "constructor" || typeof names[i] === "symbol") continue;
    defineProperty(prototype, names[i], { __proto__: null, enumerable: true });
  }
  defineProperty(prototype, symbolToStringTag, { __proto__: null, value: name, configurable: true });
  return C;
}

// constants defines numbers on a class and its prototype.
function constants(C, table) {
  const names = ownKeys(table);
  for (let i = 0; i < names.length; i++) {
    const d = { __proto__: null, value: table[names[i]], enumerable: true };
    defineProperty(C, names[i], d);
    defineProperty(C.prototype, names[i], d);
  }
}

function illegalInvocation() {
  return new TypeErrorCtor("Illegal invocation");
}

// need throws what Web IDL says where arguments are missing.
function need(have, want, where) {
  if (have >= want) return;
  throw new TypeErrorCtor(`${where}: ${want} argument${want === 1 ? "" : "s"} required, but only ${have} present`);
}

// makeIterator defines the iterator class of a pair iterable: entryAt(object, i)
// returns [key, value] as a list, or undefined past the end, so that changes
// while iterating are seen.
function makeIterator(name, entryAt) {
  class IteratorSlot extends Slot {
    #target;
    #kind;
    #index = 0;
    constructor(object, target, kind) {
      super(object);
      this.#target = target;
      this.#kind = kind;
    }
    static next(object) {
      if (!isObject(object) || !(#index in object)) throw illegalInvocation();
      const entry = entryAt(object.#target, object.#index);
      if (entry === undefined) return { value: undefined, done: true };
      object.#index++;
      const kind = object.#kind;
      const value = kind === "keys" ? entry[0] : kind === "values" ? entry[1] : [entry[0], entry[1]];
      return { value, done: false };
    }
  }
  const prototype = {
    __proto__: IteratorPrototype,
    next() {
      return IteratorSlot.next(this);
    },
  };
  defineProperty(prototype, symbolToStringTag, { __proto__: null, value: name, configurable: true });
  return (target, kind) => new IteratorSlot(objectCreate(prototype), target, kind);
}

// pairsFrom reads a sequence of pairs or a record, as Headers and URLSearchParams
// take them; record tells that it was one. It runs the given object's own iterators: it is
// the function's data.
function pairsFrom(init, where) {
  const pairs = newList();
  const method = init[symbolIterator];
  if (method !== undefined && method !== null) {
    if (typeof method !== "function") throw new TypeErrorCtor(`${where}: the initializer is not iterable`);
    iterate(init, method, (item) => {
      if (!isObject(item)) throw new TypeErrorCtor(`${where}: each entry must be a [name, value] pair`);
      const pair = newList();
      iterate(item, item[symbolIterator], (part) => {
        if (pair.length === 2) throw new TypeErrorCtor(`${where}: each entry must be a [name, value] pair`);
        pair[pair.length] = `${part}`;
      });
      if (pair.length !== 2) throw new TypeErrorCtor(`${where}: each entry must be a [name, value] pair`);
      pairs[pairs.length] = pair;
    });
    return pairs;
  }
  pairs.record = true;
  const names = ownKeys(init);
  for (let i = 0; i < names.length; i++) {
    const d = getOwnPropertyDescriptor(init, names[i]);
    if (d === undefined || !d.enumerable) continue;
    const pair = newList();
    pair[0] = `${names[i]}`;
    pair[1] = `${init[names[i]]}`;
    pairs[pairs.length] = pair;
  }
  return pairs;
}

// iterate drives an iterator of the function's own. When visit throws, the iterator
// is closed.
function iterate(iterable, method, visit) {
  if (typeof method !== "function") throw new TypeErrorCtor("object is not iterable");
  const iterator = apply(method, iterable, []);
  if (!isObject(iterator)) throw new TypeErrorCtor("iterator is not an object");
  const next = iterator.next;
  for (;;) {
    const step = apply(next, iterator, []);
    if (!isObject(step)) throw new TypeErrorCtor("iterator result is not an object");
    if (step.done) return;
    const value = step.value;
    try {
      visit(value);
    } catch (e) {
      try {
        const close = iterator.return;
        if (typeof close === "function") apply(close, iterator, []);
      } catch {
        // the first error counts
      }
      throw e;
    }
  }
}
