// Errors: the stack, with the class's name in it, and what they have beside it.

// hideKnown takes from keys what the stack says already.
function hideKnown(error, keys, stack) {
  for (let i = keys.length - 1; i >= 0; i--) {
    if (keys[i] === "stack") {
      removeAt(keys, i);
    } else if (keys[i] === "name" || keys[i] === "message") {
      const value = textOf(error, keys[i]);
      if (strIndexOf(stack, value) >= 0) removeAt(keys, i);
    }
  }
}

function includes(list, item) {
  for (let i = 0; i < list.length; i++) if (list[i] === item) return true;
  return false;
}

// withClass has the class's name at the stack's head.
function withClass(stack, name, error, known, tag) {
  const { length } = known;
  const after = stack[length];
  if (name !== null && !(strSlice(known, -5) === "Error" && strSlice(stack, 0, length) === known && (stack.length === length || after === ":" || after === "\n"))) return stack;
  const shown = strSlice(prefixOf(name, tag, name === null ? known : "Error"), 0, -1);
  if (shown === known) return stack;
  if (strIndexOf(shown, known) >= 0) return length === 0 ? `${shown}: ${stack}` : shown + strSlice(stack, length);
  return `${shown} [${known}]${strSlice(stack, length)}`;
}

// sharedFrames finds where frames go on as those of the cause do: [how many, from which].
function sharedFrames(frames, causes) {
  for (let i = 0; i < frames.length - 3; i++) {
    for (let at = 0; at < causes.length - 3; at++) {
      if (causes[at] !== frames[i]) continue;
      let n = 1;
      while (i + n < frames.length && at + n < causes.length && frames[i + n] === causes[at + n]) n++;
      if (n > 3) return { __proto__: null, n, at: i };
      break;
    }
  }
  return undefined;
}

// framesText leaves out what the stack of the cause says, too.
function framesText(error, text) {
  const cause = dataOf(error, "cause");
  if (!isErrorLike(cause)) return text;
  const below = stackText(cause);
  const at = strIndexOf(below, "\n    at");
  if (at < 0) return text;
  const frames = linesOf(text);
  const same = sharedFrames(frames, linesOf(strSlice(below, at + 1)));
  if (same === undefined) return text;
  const out = newList();
  for (let i = 0; i < frames.length; i++) {
    if (i <= same.at || i >= same.at + same.n - 1) out[out.length] = frames[i];
    else if (i === same.at + 1) out[out.length] = `    ... ${same.n - 2} lines matching cause stack trace ...`;
  }
  return arrayJoin(out, "\n");
}

// errorText is what stands for an error; keys are what is shown behind it.
function errorText(ctx, error, name, tag, keys) {
  let stack = stackText(error);
  if (!ctx.hidden) hideKnown(error, keys, stack);
  if (hasOwn(error, "cause") && !includes(keys, "cause")) keys[keys.length] = "cause";
  if (isArray(dataOf(error, "errors")) && !includes(keys, "errors")) keys[keys.length] = "errors";
  stack = withClass(stack, name, error, textOf(error, "name") || "Error", tag);
  const message = textOf(error, "message");
  const told = message === "" ? -1 : strIndexOf(stack, message);
  const start = strIndexOf(stack, "\n    at", told < 0 ? 0 : told + message.length);
  if (start < 0) stack = `[${stack}]`;
  else stack = strSlice(stack, 0, start + 1) + framesText(error, strSlice(stack, start + 1));
  return indented(stack, strRepeat(" ", ctx.indent));
}
