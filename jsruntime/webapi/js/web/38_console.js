// console: formatting as the Console Standard has it, output through host.log.

// formatLog makes one text of console arguments.
function formatLog(args) {
  let text = "";
  let at = 0;
  if (args.length > 0 && typeof args[0] === "string") {
    if (args.length === 1) return args[0];
    text = substitute(args);
    at = substituted;
  }
  for (; at < args.length; at++) {
    const v = args[at];
    text += (at === 0 ? "" : " ") + (typeof v === "string" ? v : inspect(v));
  }
  return text;
}

let substituted = 1; // how many arguments the last substitute used

function substitute(args) {
  const format = args[0];
  let out = "";
  let from = 0;
  let next = 1;
  for (let at = strIndexOf(format, "%"); at >= 0 && at + 1 < format.length; at = strIndexOf(format, "%", at + 2)) {
    const kind = format[at + 1];
    if (kind === "%") {
      out += strSlice(format, from, at + 1);
      from = at + 2;
      continue;
    }
    if (next >= args.length) continue;
    const text = specifier(kind, args[next]);
    if (text === undefined) continue;
    out += strSlice(format, from, at) + text;
    from = at + 2;
    next++;
  }
  substituted = next;
  return out + strSlice(format, from);
}

function specifier(kind, v) {
  switch (kind) {
    case "s":
      if (typeof v === "string") return v;
      return isObject(v) ? inspect(v, 0) : typeof v === "bigint" ? `${v}n` : StringCtor(v);
    case "d":
    case "i":
    case "f":
      if (typeof v === "bigint" && kind !== "f") return `${v}n`;
      if (isObject(v) || typeof v === "symbol" || typeof v === "bigint") return "NaN";
      return `${kind === "d" ? NumberCtor(v) : kind === "i" ? parseInteger(v, 10) : parseFloatNumber(v)}`;
    case "j":
      try {
        return `${jsonStringify(v)}`;
      } catch {
        return "[Circular]";
      }
    case "o":
      return inspect(v, 4);
    case "O":
      return inspect(v);
    case "c":
      return "";
    default:
      return undefined;
  }
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

  function elapsed(label, started) {
    return `${label}: ${numberToFixed(host.now() - started, 3)}ms`;
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
      const depth = isObject(options) ? options.depth : undefined;
      print("log", inspect(value, depth === null ? 16 : typeof depth === "number" ? min(depth, 16) : 2));
    },
    dirxml(...args) { print("log", formatLog(args)); },
    table(data, columns = undefined) {
      print("log", isObject(data) ? tableText(data, columns) : formatLog([data]));
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

// tableText draws console.table: a row for each own property of data, a column for
// each property of the rows.
function tableText(data, only) {
  const header = newList();
  const rows = newList();
  header[0] = "(index)";
  let values = false;
  const keys = objectKeys(data);
  const limit = min(keys.length, 100);
  for (let i = 0; i < limit; i++) {
    const row = newList();
    row[0] = keys[i];
    const value = data[keys[i]];
    if (isObject(value)) {
      const names = isArray(only) ? only : objectKeys(value);
      for (let k = 0; k < names.length && k < 20; k++) {
        const name = `${names[k]}`;
        let column = 1;
        while (column < header.length && header[column] !== name) column++;
        if (column === header.length) header[column] = name;
        if (hasOwn(value, name)) row[column] = inspect(value[name], 0);
      }
    } else {
      values = true;
      row.value = inspect(value, 0);
    }
    rows[rows.length] = row;
  }
  if (values) {
    for (let i = 0; i < rows.length; i++) if (rows[i].value !== undefined) rows[i][header.length] = rows[i].value;
    header[header.length] = "Values";
  }
  const widths = newList();
  for (let c = 0; c < header.length; c++) {
    widths[c] = header[c].length;
    for (let r = 0; r < rows.length; r++) widths[c] = max(widths[c], (rows[r][c] || "").length);
  }
  let text = tableLine(header, widths);
  let rule = "";
  for (let c = 0; c < widths.length; c++) rule += (c === 0 ? "" : "-+-") + strRepeat("-", widths[c]);
  text += "\n" + rule;
  for (let r = 0; r < rows.length; r++) text += "\n" + tableLine(rows[r], widths);
  return text;
}

function tableLine(cells, widths) {
  let line = "";
  for (let c = 0; c < widths.length; c++) line += (c === 0 ? "" : " | ") + strPadEnd(cells[c] || "", widths[c]);
  return line;
}
