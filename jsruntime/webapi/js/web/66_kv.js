// ctx.kv: key-value buckets. The words to Go are in capability.go.
const keyValue = once(() => {
  const { Received, state, make } = received();
  const limit = once(() => +hostCall("kv.max", "", undefined));

  class BucketSlot extends Slot {
    #begin;
    #bucket;
    constructor(object, begin, bucket) {
      super(object);
      this.#begin = begin;
      this.#bucket = bucket;
    }
    static begin(o) {
      if (!isObject(o) || !(#begin in o)) throw illegalInvocation();
      return o.#begin;
    }
    static bucket(o) {
      BucketSlot.begin(o);
      return o.#bucket;
    }
  }

  class Entry extends Received {
    get key() { return state(this).key; }
    get revision() { return state(this).revision; }
    get created() { return state(this).created; }
  }
  delete Entry.prototype.constructor;

  // ask begins an operation of the bucket object o.
  function ask(o, op, key, own, payload, signal, made, resolve, reject) {
    const head = `{"bucket":${jsonStringify(BucketSlot.bucket(o))},"key":${jsonStringify(key)}${own}}`;
    const text = payload === undefined ? head : `${head}\n${payload.text}`;
    operate(BucketSlot.begin(o), op, text, payload === undefined ? undefined : payload.bytes, signal, made, resolve, reject);
  }

  function revisionOf(value, where) {
    if (typeof value !== "number" || !isInteger(value) || value < 1 || value > MAX_SAFE_INTEGER) {
      throw new TypeErrorCtor(`${where}: the revision must be a whole number, as get, put, create and update give it`);
    }
    return `,"revision":${value}`;
  }

  const number = (answer) => +answer.text;

  // write does put, create and update.
  function write(o, op, key, value, own, given, resolve, reject) {
    BucketSlot.begin(o);
    const options = optionsOf(given, op);
    if (value === undefined) throw new TypeErrorCtor(`${op}: no value was given: use delete to take one away`);
    const name = stringOf(key, op, "the key");
    const signal = signalOf(options, op);
    ask(o, op, name, own, payloadOf(value, op, limit()), signal, number, resolve, reject);
  }

  function promised(run) {
    return new PromiseCtor((resolve, reject) => {
      try {
        run(resolve, reject);
      } catch (e) {
        reject(e);
      }
    });
  }

  class Bucket {
    get name() { return BucketSlot.bucket(this); }
    get(key, options = undefined) {
      return promised((resolve, reject) => {
        const given = optionsOf(options, "kv.get");
        const name = stringOf(key, "kv.get", "the key");
        const own = given.revision === undefined ? "" : revisionOf(given.revision, "kv.get");
        ask(this, "kv.get", name, own, undefined, signalOf(given, "kv.get"), (answer) => {
          if (answer.text === "") return null;
          const head = jsonParse(answer.text);
          return make(Entry, { __proto__: null, bytes: answer.bytes, key: name, revision: head.revision, created: head.created });
        }, resolve, reject);
      });
    }
    put(key, value, options = undefined) {
      return promised((resolve, reject) => write(this, "kv.put", key, value, "", options, resolve, reject));
    }
    create(key, value, options = undefined) {
      return promised((resolve, reject) => write(this, "kv.create", key, value, "", options, resolve, reject));
    }
    update(key, value, revision, options = undefined) {
      return promised((resolve, reject) => write(this, "kv.update", key, value, revisionOf(revision, "kv.update"), options, resolve, reject));
    }
    delete(key, options = undefined) {
      return promised((resolve, reject) => {
        const given = optionsOf(options, "kv.delete");
        const own = given.revision === undefined ? "" : revisionOf(given.revision, "kv.delete");
        ask(this, "kv.delete", stringOf(key, "kv.delete", "the key"), own, undefined, signalOf(given, "kv.delete"), () => undefined, resolve, reject);
      });
    }
    keys(options = undefined) {
      return promised((resolve, reject) => {
        const given = optionsOf(options, "kv.keys");
        const most = given.limit === undefined ? 1000 : given.limit;
        if (typeof most !== "number" || !isInteger(most) || most < 1 || most > 10000) {
          throw new TypeErrorCtor("kv.keys: limit must be a whole number from 1 to 10000");
        }
        const filter = given.filter === undefined ? ">" : stringOf(given.filter, "kv.keys", "filter");
        ask(this, "kv.keys", filter, `,"limit":${most}`, undefined, signalOf(given, "kv.keys"), (answer) => jsonParse(answer.text), resolve, reject);
      });
    }
  }
  delete Bucket.prototype.constructor;
  return {
    __proto__: null,
    make: (begin, bucket) => new BucketSlot(objectCreate(Bucket.prototype), begin, stringOf(bucket, "kv", "the bucket's name")),
  };
});

// newBucket makes what ctx.kv(bucket) returns; begin is as newNats has it.
function newBucket(begin, bucket) {
  return keyValue().make(begin, bucket);
}
