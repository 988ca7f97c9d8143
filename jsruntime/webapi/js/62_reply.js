// replyParts turns what a function returned into a reply.
const EMPTY = 0, TEXT = 1, BYTES = 2;

function newReply(kind, text, bytes) {
  return { kind, text, bytes, status: 0, headers: undefined };
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
    const known = responses(true);
    if (known !== undefined && known.has(value)) return responseParts(value);
    const bytes = bytesOf(value);
    if (bytes !== undefined) return newReply(BYTES, "", bytes);
  }
  return newReply(TEXT, jsonOf(value, "the reply"), undefined);
}

function responseParts(response) {
  const s = responses().state(response);
  if (s.type === "error") throw new TypeErrorCtor("Response.error() cannot be a reply");
  const body = bodies().get(response);
  let reply;
  if (body === null) {
    reply = newReply(EMPTY, "", undefined);
  } else {
    if (body.used) throw new TypeErrorCtor("the body of the returned Response has been read already: return response.clone()");
    body.used = true;
    reply = body.text !== undefined ? newReply(TEXT, body.text, undefined) : newReply(BYTES, "", body.bytes);
  }
  reply.status = s.status;
  reply.headers = headersClass().pairs(s.headers);
  return reply;
}

// jsonOf writes what a function gave as JSON, or says why it cannot be; what is its name.
function jsonOf(value, what) {
  let text;
  try {
    text = jsonStringify(value);
  } catch (e) {
    const path = bigintPath(value, "", newList());
    if (path === undefined) throw e;
    throw new TypeErrorCtor(`${what} cannot be written as JSON: ${path === "" ? "it" : path} is a BigInt`);
  }
  if (text === undefined) throw new TypeErrorCtor(`${what} cannot be written as JSON: its toJSON returned nothing`);
  return text;
}

// bigintPath looks for the BigInt that JSON refuses, without running getters.
function bigintPath(value, path, seen) {
  if (typeof value === "bigint") return path;
  if (typeof value !== "object" || value === null || seen.length > 1000) return undefined;
  for (let i = 0; i < seen.length; i++) if (seen[i] === value) return undefined;
  seen[seen.length] = value;
  try {
    const keys = objectKeys(value);
    for (let i = 0; i < keys.length && i < 1000; i++) {
      const d = getOwnPropertyDescriptor(value, keys[i]);
      if (d === undefined || !("value" in d)) continue;
      const step = isArray(value) ? `${path}[${keys[i]}]` : path === "" ? keys[i] : `${path}.${keys[i]}`;
      const found = bigintPath(d.value, step, seen);
      if (found !== undefined) return found;
    }
  } catch {
    // a proxy that throws: the first error is told
  }
  return undefined;
}
