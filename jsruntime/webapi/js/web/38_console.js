// console: formatting as Node has it (see parts/inspect), output through host.log.

// formatLog makes one text of console arguments. What is plain needs no inspect.
function formatLog(args) {
  let text = "";
  for (let i = 0; i < args.length; i++) {
    const v = args[i];
    if (isObject(v) || typeof v === "symbol" || typeof v === "bigint") return formatted(args);
    if (i === 0 && typeof v === "string" && args.length > 1 && strIndexOf(v, "%") >= 0) return formatted(args);
    text += (i === 0 ? "" : " ") + (v === 0 && 1 / v < 0 ? "-0" : `${v}`);
  }
  return text;
}

function formatted(args) {
  return inspector().format(args);
}

const consoleObject = once(() => {
  const counts = new MapCtor();
  const clocks = new MapCtor();
  let groups = "";

  // print writes lines, each under the groups that are open.
  function print(level, text) {
    if (groups !== "") {
      let out = groups;
      let from = 0;
      for (let at = strIndexOf(text, "\n"); at >= 0; at = strIndexOf(text, "\n", from)) {
        out += strSlice(text, from, at + 1) + groups;
        from = at + 1;
      }
      text = out + strSlice(text, from);
    }
    host.log(level, text);
  }

  function tail(args, from) {
    const rest = newList();
    for (let i = from; i < args.length; i++) rest[rest.length] = args[i];
    return rest;
  }

  // elapsed is what a clock says, as Node writes it.
  function elapsed(label, started) {
    let ms = host.now() - started;
    if (ms < 1000) return `${label}: ${+numberToFixed(ms, 3)}ms`;
    if (ms < 60000) return `${label}: ${numberToFixed(ms / 1000, 3)}s`;
    const hours = floor(ms / 3600000), minutes = floor(ms / 60000) % 60;
    const seconds = strPadStart(numberToFixed((ms % 60000) / 1000, 3), 6, "0");
    return hours > 0 ? `${label}: ${hours}:${strPadStart(`${minutes}`, 2, "0")}:${seconds} (h:mm:ss.mmm)` : `${label}: ${minutes}:${seconds} (m:ss.mmm)`;
  }

  function grouped(args) {
    if (args.length > 0) print("log", formatLog(args));
    if (groups.length < 64) groups += "  ";
  }

  return {
    debug(...args) { print("debug", formatLog(args)); },
    log(...args) { print("log", formatLog(args)); },
    info(...args) { print("info", formatLog(args)); },
    warn(...args) { print("warn", formatLog(args)); },
    error(...args) { print("error", formatLog(args)); },
    trace(...args) {
      const stack = describeError(new ErrorCtor()).stack;
      const at = strIndexOf(stack, "\n");
      const text = formatLog(args);
      print("debug", "Trace" + (text === "" ? "" : ": " + text) + (at < 0 ? "" : strSlice(stack, at)));
    },
    assert(condition = false, ...args) {
      if (condition) return;
      if (args.length > 0 && typeof args[0] === "string") {
        const with0 = tail(args, 0);
        with0[0] = "Assertion failed: " + args[0];
        print("error", formatLog(with0));
      } else {
        print("error", "Assertion failed" + (args.length === 0 ? "" : " " + formatLog(args)));
      }
    },
    count(label = "default") {
      const name = `${label}`;
      const n = (mapGet(counts, name) || 0) + 1;
      mapSet(counts, name, n);
      print("info", `${name}: ${n}`);
    },
    countReset(label = "default") {
      if (!mapDelete(counts, `${label}`)) print("warn", `Count for '${label}' does not exist`);
    },
    dir(value, options = undefined) {
      const shown = { __proto__: null, custom: false };
      if (isObject(options)) {
        const given = inspector().nodeOptions(options);
        shown.depth = given.depth;
        shown.items = given.items;
        shown.width = given.width;
        shown.hidden = given.hidden;
      }
      print("log", inspector().inspectWith(value, shown));
    },
    dirxml(...args) { print("log", formatLog(args)); },
    table(data, columns = undefined) {
      if (columns !== undefined && !isArray(columns)) throw new TypeErrorCtor("console.table: the second argument must be an array of column names");
      const text = isObject(data) ? inspector().table(data, columns) : undefined;
      print("log", text === undefined ? formatLog([data]) : text);
    },
    time(label = "default") {
      const name = `${label}`;
      if (mapHas(clocks, name)) print("warn", `Timer '${name}' already exists`);
      else mapSet(clocks, name, host.now());
    },
    timeLog(label = "default", ...args) {
      const name = `${label}`;
      const started = mapGet(clocks, name);
      if (started === undefined) print("warn", `Timer '${name}' does not exist`);
      else print("info", elapsed(name, started) + (args.length === 0 ? "" : " " + formatLog(args)));
    },
    timeEnd(label = "default") {
      const name = `${label}`;
      const started = mapGet(clocks, name);
      mapDelete(clocks, name);
      if (started === undefined) print("warn", `Timer '${name}' does not exist`);
      else print("info", elapsed(name, started));
    },
    group(...args) { grouped(args); },
    groupCollapsed(...args) { grouped(args); },
    groupEnd() { groups = strSlice(groups, 2); },
    clear() { groups = ""; },
    [symbolToStringTag]: "console",
  };
});
