// UTF-8 both ways: in JavaScript where the text is short, in Go where it is long.
const SHORT = 128;

function utf8Encode(text) {
  const n = text.length;
  if (n > SHORT) {
    hostCall("utf8.encode", text, undefined);
    return host.bytes() || new U8(0);
  }
  const ascii = new U8(n);
  for (let i = 0; i < n; i++) {
    const c = charCodeAt(text, i);
    if (c > 0x7f) return encodeWide(text, n);
    ascii[i] = c;
  }
  return ascii;
}

function encodeWide(text, n) {
  const buffer = new U8(n * 3);
  const written = encodeInto(text, buffer, n * 3).written;
  const out = new U8(written);
  for (let i = 0; i < written; i++) out[i] = buffer[i];
  return out;
}

// encodeInto writes as many whole characters as room has space for.
function encodeInto(text, out, room) {
  const n = text.length;
  let at = 0;
  let i = 0;
  while (i < n) {
    let c = charCodeAt(text, i);
    let units = 1;
    if (c >= 0xd800 && c <= 0xdfff) {
      const low = c <= 0xdbff && i + 1 < n ? charCodeAt(text, i + 1) : 0;
      if (low >= 0xdc00 && low <= 0xdfff) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        units = 2;
      } else {
        c = 0xfffd;
      }
    }
    const size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (at + size > room) break;
    if (size === 1) {
      out[at++] = c;
    } else {
      const lead = size === 2 ? 0xc0 : size === 3 ? 0xe0 : 0xf0;
      out[at++] = lead | (c >> (6 * (size - 1)));
      for (let k = size - 2; k >= 0; k--) out[at++] = 0x80 | ((c >> (6 * k)) & 0x3f);
    }
    i += units;
  }
  return { __proto__: null, read: i, written: at };
}

// utf8Decode replaces what is not UTF-8, and keeps a byte order mark.
function utf8Decode(bytes) {
  const n = typedLength(bytes);
  if (n <= SHORT) {
    const units = newList();
    for (let i = 0; i < n; i++) {
      const b = bytes[i];
      if (b > 0x7f) return hostCall("utf8.decode", "", bytes);
      units[i] = b;
    }
    return apply(fromCharCode, undefined, units);
  }
  return hostCall("utf8.decode", "", bytes);
}

// wellFormed replaces lone surrogates, as a conversion to USVString does.
function wellFormed(text) {
  if (nativeToWellFormed !== undefined) return nativeToWellFormed(text);
  for (let i = 0; i < text.length; i++) {
    const c = charCodeAt(text, i);
    if (c >= 0xd800 && c <= 0xdfff) return utf8Decode(utf8Encode(text));
  }
  return text;
}

// latin1 makes a string of one character for each byte.
function latin1(bytes, from, to) {
  let text = "";
  for (let at = from; at < to; at += 4096) {
    const units = newList();
    const end = min(to, at + 4096);
    for (let i = at; i < end; i++) units[i - at] = bytes[i];
    text += apply(fromCharCode, undefined, units);
  }
  return text;
}

// copyBytes returns the bytes in memory of their own.
function copyBytes(bytes) {
  const out = new U8(typedLength(bytes));
  typedSet(out, bytes);
  return out;
}
