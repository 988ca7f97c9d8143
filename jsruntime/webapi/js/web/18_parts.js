// The parts: scripts of their own, which the engine runs in this context when something
// of theirs is first touched; see part.go.
const streams = once(() => host.part("streams")(shared()));
const files = once(() => host.part("files")(shared()));
const eventsPart = once(() => host.part("events")(shared()));
const cryptoPart = once(() => host.part("crypto")(shared()));
const patterns = once(() => host.part("urlpattern")(shared()));

// concatBytes makes one of a list of Uint8Arrays, whose sizes together are size.
function concatBytes(list, size) {
  if (list.length === 1) return list[0];
  const out = new U8(size);
  let at = 0;
  for (let i = 0; i < list.length; i++) {
    typedSet(out, list[i], at);
    at += typedLength(list[i]);
  }
  return out;
}
