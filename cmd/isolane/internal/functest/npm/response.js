// A returned Response, for the runtime's own script that makes replies (isolane:reply). Its body
// is read by invoke; what cannot be is told in the runtime's words (TestRepliesThatCannotBe).

export function isResponse(value) {
  return value instanceof Response;
}

export function responseParts(response) {
  if (response.type === "error") throw new TypeError("Response.error() cannot be a reply");
  if (response.body !== null && (response.bodyUsed || response.body.locked)) {
    throw new TypeError("the body of the returned Response is locked, or has been read already: return response.clone()");
  }
  return { response };
}
