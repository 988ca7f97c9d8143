// ctx.call: methods of keyed functions. The words to Go are in call.go.
const calling = once(() => {
  const limit = once(() => +hostCall("call.max", "", undefined));

  // answered is what a call resolves with, or throws what the method failed with.
  function answered(where, text) {
    if (strSlice(text, 0, 1) === "=") {
      const value = strSlice(text, 1);
      return value === "" ? undefined : jsonParse(value);
    }
    const failed = jsonParse(text);
    const error = newDOMException(`${where}: ${failed.message}`, "CallError");
    defineHidden(error, "outcome", failed.outcome);
    defineHidden(error, "code", failed.code);
    if (failed.thrown) defineHidden(error, "cause", thrown(failed));
    throw error;
  }

  // thrown makes anew what the method threw: name, message, code, and where that was.
  function thrown(failed) {
    const cause = new ErrorCtor(failed.ownText);
    defineHidden(cause, "name", failed.name === "" ? "Error" : failed.name);
    if (failed.ownCode !== undefined) defineHidden(cause, "code", failed.ownCode);
    defineHidden(cause, "stack", failed.stack === "" ? `${failed.name}: ${failed.ownText}` : failed.stack);
    return cause;
  }

  return function (begin, name, key, method, args, given, resolve, reject) {
    const options = optionsOf(given, "call");
    const fn = stringOf(name, "call", "the function's name");
    if (key === null || key === undefined) {
      throw new TypeErrorCtor("call: no key was given: a function without keys takes messages, call it with ctx.nats.request(\"fn.NAME\", data)");
    }
    const of = stringOf(key, "call", "the key");
    const what = stringOf(method, "call", "the method's name");
    const signal = signalOf(options, "call");
    const timeout = options.timeout === undefined ? 0 : +options.timeout;
    if (options.timeout !== undefined && !(timeout > 0 && timeout <= MAX_SAFE_INTEGER)) {
      throw new TypeErrorCtor("call: timeout must be a positive number of milliseconds");
    }
    const id = options.callId === undefined ? "" : stringOf(options.callId, "call", "callId");
    let text = "";
    if (args !== undefined) {
      notSent(args, "call");
      text = wellFormed(jsonOf(args, "call: the arguments"));
    }
    bounded(text.length, "call", limit());
    const head = `{"function":${jsonStringify(fn)},"key":${jsonStringify(of)},"method":${jsonStringify(what)},"id":${jsonStringify(id)},"timeout":${min(timeout, 1e9)}}`;
    const where = `${fn}/${of}.${what}`;
    operate(begin, "call.method", `${head}\n${text}`, undefined, signal, (answer) => answered(where, answer.text), resolve, reject);
  };
});

// newCall begins a call; begin is as newNats has it.
function newCall(begin, name, key, method, args, options) {
  return new PromiseCtor((resolve, reject) => {
    try {
      calling()(begin, name, key, method, args, options, resolve, reject);
    } catch (e) {
      reject(e);
    }
  });
}
