// The replies that are not plain; see 30_reply.js.

function isResponse(value) {
  return is(responses(true), value);
}

function responseParts(response) {
  const s = responses().state(response);
  if (s.type === "error") throw new TypeErrorCtor("Response.error() cannot be a reply");
  const body = bodies().get(response);
  if (body === null) {
    newReply(EMPTY, "", undefined);
  } else {
    if (isUnusable(body)) throw new TypeErrorCtor("the body of the returned Response is locked, or has been read already: return response.clone()");
    if (body.stream !== undefined || body.remote !== undefined) return laterParts(s, body);
    body.used = true;
    if (body.text !== undefined) newReply(TEXT, body.text, undefined);
    else newReply(BYTES, "", body.bytes);
  }
  reply.status = s.status;
  reply.headers = headersClass().pairs(s.headers);
  return reply;
}

// laterParts is of a response whose body must be read first: later reads it, and hands the
// parts on.
function laterParts(s, body) {
  newReply(LATER, "", undefined);
  const headers = headersClass().pairs(s.headers);
  reply.later = (done, failed) => whole(body, (known) => {
    done({ __proto__: null, kind: BYTES, text: "", bytes: known.bytes, status: s.status, headers });
  }, failed);
  return reply;
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
