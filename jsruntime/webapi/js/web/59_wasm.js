// WebAssembly's asynchronous functions. V8's own compile in the background and settle
// through a message loop that the binding does not run, so their promises would wait
// for ever. These compile at once, in the turn of the caller, whose CPU limit counts
// it; instantiating, which runs the module's start function, waits for a microtask.
// Errors say WebAssembly.Module() or Instance(), since those do the work.
//
// Shared memory is refused: V8 does not count it, so that no limit would hold, and
// nothing here could share it. It comes from a Memory or from a module's own section.
const wasm = once(() => {
  host.touchWasm();
  // Nobody has seen the namespace before: what it holds is V8's.
  const { Module, Instance, Memory } = nativeWasm;
  const noSharing = "shared memory is not supported: nothing here could share it; make the memory without it";

  // compiled makes a module of a copy, which is what was looked at.
  function compiled(bytes, target = Module) {
    const view = bytesOf(bytes);
    if (view === undefined) return construct(Module, [bytes], target);
    const copy = new U8(typedLength(view));
    typedSet(copy, view);
    if (hasSharedMemory(copy)) throw new TypeErrorCtor("WebAssembly.Module: " + noSharing);
    return construct(Module, [copy], target);
  }

  function BoundedModule(bytes) {
    if (new.target === undefined) throw new TypeErrorCtor("WebAssembly.Module must be invoked with 'new'");
    return compiled(bytes, new.target);
  }

  function BoundedMemory(descriptor) {
    if (new.target === undefined) throw new TypeErrorCtor("WebAssembly.Memory must be invoked with 'new'");
    if (!isObject(descriptor)) return construct(Memory, [descriptor], new.target);
    const { address, initial, maximum, shared } = descriptor;
    if (shared) throw new TypeErrorCtor("WebAssembly.Memory: " + noSharing);
    const own = { __proto__: null, initial };
    if (address !== undefined) own.address = address;
    if (maximum !== undefined) own.maximum = maximum;
    return construct(Memory, [own], new.target);
  }
  replace(Module, BoundedModule, "Module", nativeWasm);
  replace(Memory, BoundedMemory, "Memory", nativeWasm);

  function checkImports(imports, where) {
    if (imports !== undefined && !isObject(imports)) throw new TypeErrorCtor(`${where}: the imports must be an object`);
  }

  // instantiated settles with what pick makes of the new instance.
  function instantiated(module, imports, pick, resolve, reject) {
    react(resolved(undefined), () => {
      try {
        resolve(pick(construct(Instance, [module, imports])));
      } catch (e) {
        reject(e);
      }
    });
  }

  function both(bytes, imports, resolve, reject) {
    const module = compiled(bytes);
    instantiated(module, imports, (instance) => ({ module, instance }), resolve, reject);
  }

  // responseBytes hands use the body of a Response that may be WebAssembly, as the
  // WebAssembly Web API has it (section 4).
  function responseBytes(source, where, use, reject) {
    react(new PromiseCtor((resolve) => resolve(source)), (response) => {
      try {
        const known = responses(true);
        if (known === undefined || !known.has(response)) throw new TypeErrorCtor(`${where}: the source must be a Response or a promise of one`);
        const s = known.state(response);
        if (!(s.status >= 200 && s.status <= 299)) throw new TypeErrorCtor(`${where}: the response has status ${s.status}`);
        const type = headersClass().get(s.headers, "content-type");
        if (type === null || strLower(trimmed(type)) !== "application/wasm") {
          throw new TypeErrorCtor(`${where}: the response's Content-Type must be application/wasm, it is ${type === null ? "missing" : cut(type, 100)}`);
        }
        const body = bodies().get(response);
        if (body === null) {
          use(new U8(0));
          return;
        }
        if (isUnusable(body)) throw new TypeErrorCtor(`${where}: the body is locked, or has been read already`);
        if (body.stream === undefined) body.used = true;
        whole(body, (read) => {
          try {
            use(bodyBytes(read));
          } catch (e) {
            reject(e);
          }
        }, reject);
      } catch (e) {
        reject(e);
      }
    }, reject);
  }

  const functions = {
    __proto__: null,
    compile(bytes) {
      return new PromiseCtor((resolve) => resolve(compiled(bytes)));
    },
    instantiate(source, imports = undefined) {
      return new PromiseCtor((resolve, reject) => {
        checkImports(imports, "WebAssembly.instantiate");
        if (bytesOf(source) !== undefined) both(source, imports, resolve, reject);
        else if (isModule(source)) instantiated(source, imports, (instance) => instance, resolve, reject);
        else throw new TypeErrorCtor("WebAssembly.instantiate: the source must be an ArrayBuffer, a view of one or a WebAssembly.Module");
      });
    },
    compileStreaming(source) {
      return new PromiseCtor((resolve, reject) => {
        responseBytes(source, "WebAssembly.compileStreaming", (bytes) => resolve(compiled(bytes)), reject);
      });
    },
    instantiateStreaming(source, imports = undefined) {
      return new PromiseCtor((resolve, reject) => {
        checkImports(imports, "WebAssembly.instantiateStreaming");
        responseBytes(source, "WebAssembly.instantiateStreaming", (bytes) => both(bytes, imports, resolve, reject), reject);
      });
    },
  };
  const moduleImports = Module.imports;
  function isModule(value) {
    try {
      moduleImports(value);
      return true;
    } catch {
      return false;
    }
  }
  const names = ownKeys(functions);
  for (let i = 0; i < names.length; i++) defineData(nativeWasm, names[i], functions[names[i]]);
  return nativeWasm;
});

// hasSharedMemory reports whether a module's memory section (5) has a memory with the
// flag of sharing. What is malformed is V8's to refuse.
function hasSharedMemory(bytes) {
  const MEMORY = 5, WITH_MAXIMUM = 1, SHARED = 2;
  const { length } = bytes;
  let at = 8; // behind magic and version
  function number() {
    let value = 0;
    for (let scale = 1; at < length; scale *= 128) {
      const b = bytes[at++];
      value += (b & 127) * scale;
      if (b < 128) break;
    }
    return value;
  }
  while (at < length) {
    const id = bytes[at++];
    const size = number();
    if (id !== MEMORY) {
      at += size;
      continue;
    }
    for (let n = number(); n > 0 && at < length; n--) {
      const flags = number();
      if (flags & SHARED) return true;
      number();
      if (flags & WITH_MAXIMUM) number();
    }
    return false; // there is one such section
  }
  return false;
}

// trimmed is text without the spaces around it.
function trimmed(text) {
  let from = 0;
  let to = text.length;
  while (from < to && isAsciiSpace(charCodeAt(text, from))) from++;
  while (to > from && isAsciiSpace(charCodeAt(text, to - 1))) to--;
  return strSlice(text, from, to);
}
