// inspect writes any value for people, as Node does. It is a part, which most contexts never
// need; see parts/inspect.
const inspector = once(() => host.part("inspect")(shared()));

function inspect(value, depth = 2) {
  try {
    return inspector().inspectWith(value, { __proto__: null, depth });
  } catch {
    return `[${typeof value}]`; // there was no room left to make it in
  }
}

// sharedSize is the length of a SharedArrayBuffer; undefined of anything else.
function sharedSize(value) {
  try {
    return sharedLength === undefined ? undefined : sharedLength(value);
  } catch {
    return undefined;
  }
}
