// replyParts turns what a function returned into a reply.
const EMPTY = 0, TEXT = 1, BYTES = 2, LATER = 3;

// reply is what replyParts returns each time; its caller empties it. No function has it.
const reply = { kind: EMPTY, text: "", bytes: undefined, status: 0, headers: undefined, later: undefined };

function newReply(kind, text, bytes) {
  reply.kind = kind;
  reply.text = text;
  reply.bytes = bytes;
  reply.status = 0;
  reply.headers = reply.later = undefined;
  return reply;
}

function replyParts(value) {
  switch (typeof value) {
    case "undefined":
      return newReply(EMPTY, "", undefined);
    case "string":
      return newReply(TEXT, value, undefined);
    case "function":
    case "symbol":
    case "bigint":
      throw new TypeErrorCtor(`a ${typeof value} cannot be a reply: return a string, bytes, a Response or what JSON can write`);
    default:
  }
  if (value !== null && typeof value === "object") {
    const classes = web(true);
    if (classes !== undefined && classes.isResponse(value)) return classes.responseParts(value);
    const bytes = bytesOf(value);
    if (bytes !== undefined) return newReply(BYTES, "", bytes);
  }
  return newReply(TEXT, jsonOf(value, "the reply"), undefined);
}

// jsonOf writes what a function gave as JSON, or says why it cannot be; what is its name.
function jsonOf(value, what) {
  let text;
  try {
    text = jsonStringify(value);
  } catch (e) {
    const path = web().bigintPath(value, "", newList());
    if (path === undefined) throw e;
    throw new TypeErrorCtor(`${what} cannot be written as JSON: ${path === "" ? "it" : path} is a BigInt`);
  }
  if (text === undefined) throw new TypeErrorCtor(`${what} cannot be written as JSON: its toJSON returned nothing`);
  return text;
}
