// FormData: a list of entries whose values are strings or Files.
class FormSlot extends Slot {
  #entries;
  constructor(object, entries) {
    super(object);
    this.#entries = entries;
  }
  static has(o) {
    return isObject(o) && #entries in o;
  }
  static entries(o) {
    if (!FormSlot.has(o)) throw illegalInvocation();
    return o.#entries;
  }
}

function formEntry(name, value) {
  const e = newList();
  e[0] = name;
  e[1] = value;
  return e;
}

// formValue makes the value of an entry of what append and set are given.
function formValue(value, given, filename) {
  if (!BlobSlot.has(value)) {
    if (given > 2) throw new TypeErrorCtor("FormData: a file name needs a Blob");
    return wellFormed(`${value}`);
  }
  if (given > 2 && filename !== undefined) {
    const modified = FileSlot.has(value) ? FileSlot.modified(value) : dateNow();
    return newFile(BlobSlot.bytes(value), BlobSlot.type(value), wellFormed(`${filename}`), modified);
  }
  return FileSlot.has(value) ? value : newFile(BlobSlot.bytes(value), BlobSlot.type(value), "blob", dateNow());
}

const formIterator = makeIterator("FormData Iterator", (o, i) => {
  const entries = FormSlot.entries(o);
  return i < entries.length ? entries[i] : undefined;
});

class FormData {
  constructor(form = undefined) {
    if (form !== undefined) throw new TypeErrorCtor("FormData: there are no forms here to take entries of");
    new FormSlot(this, newList());
  }
  append(name, value, filename = undefined) {
    const entries = FormSlot.entries(this);
    need(arguments.length, 2, "append");
    entries[entries.length] = formEntry(wellFormed(`${name}`), formValue(value, arguments.length, filename));
  }
  set(name, value, filename = undefined) {
    const entries = FormSlot.entries(this);
    need(arguments.length, 2, "set");
    const key = wellFormed(`${name}`);
    const entry = formEntry(key, formValue(value, arguments.length, filename));
    let at = -1;
    for (let i = 0; i < entries.length; i++) {
      if (entries[i][0] !== key) continue;
      if (at < 0) {
        at = i;
        entries[i] = entry;
      } else {
        removeAt(entries, i--);
      }
    }
    if (at < 0) entries[entries.length] = entry;
  }
  delete(name) {
    const entries = FormSlot.entries(this);
    need(arguments.length, 1, "delete");
    const key = wellFormed(`${name}`);
    for (let i = entries.length - 1; i >= 0; i--) if (entries[i][0] === key) removeAt(entries, i);
  }
  get(name) {
    const entries = FormSlot.entries(this);
    need(arguments.length, 1, "get");
    const key = wellFormed(`${name}`);
    for (let i = 0; i < entries.length; i++) if (entries[i][0] === key) return entries[i][1];
    return null;
  }
  getAll(name) {
    const entries = FormSlot.entries(this);
    need(arguments.length, 1, "getAll");
    const key = wellFormed(`${name}`);
    const out = newList();
    for (let i = 0; i < entries.length; i++) if (entries[i][0] === key) out[out.length] = entries[i][1];
    return toArray(out);
  }
  has(name) {
    const entries = FormSlot.entries(this);
    need(arguments.length, 1, "has");
    const key = wellFormed(`${name}`);
    for (let i = 0; i < entries.length; i++) if (entries[i][0] === key) return true;
    return false;
  }
  forEach(callback, thisArg = undefined) {
    const entries = FormSlot.entries(this);
    need(arguments.length, 1, "forEach");
    if (typeof callback !== "function") throw new TypeErrorCtor("forEach: the callback must be a function");
    for (let i = 0; i < entries.length; i++) apply(callback, thisArg, [entries[i][1], entries[i][0], this]);
  }
  keys() { FormSlot.entries(this); return formIterator(this, "keys"); }
  values() { FormSlot.entries(this); return formIterator(this, "values"); }
  entries() { FormSlot.entries(this); return formIterator(this, "entries"); }
}
webClass(FormData, "FormData");
const FormPrototype = FormData.prototype;
defineHidden(FormPrototype, symbolIterator, FormPrototype.entries);
