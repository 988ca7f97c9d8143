// atob and btoa.
const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function base64Value(c) {
  if (c >= 65 && c <= 90) return c - 65;
  if (c >= 97 && c <= 122) return c - 71;
  if (c >= 48 && c <= 57) return c + 4;
  if (c === 43) return 62;
  if (c === 47) return 63;
  return -1;
}

function isAsciiSpace(c) {
  return c === 32 || c === 9 || c === 10 || c === 12 || c === 13;
}

const base64Functions = {
  __proto__: null,
  btoa(data) {
    need(arguments.length, 1, "btoa");
    const text = `${data}`;
    const n = text.length;
    const bytes = new U8(n);
    for (let i = 0; i < n; i++) {
      const c = charCodeAt(text, i);
      if (c > 255) throw newDOMException("The string contains characters outside of the Latin1 range", "InvalidCharacterError");
      bytes[i] = c;
    }
    const out = new U8(trunc((n + 2) / 3) * 4);
    let at = 0;
    for (let i = 0; i < n; i += 3) {
      const b = i + 1 < n ? bytes[i + 1] : 0;
      const c = i + 2 < n ? bytes[i + 2] : 0;
      out[at++] = charCodeAt(base64Alphabet, bytes[i] >> 2);
      out[at++] = charCodeAt(base64Alphabet, ((bytes[i] & 3) << 4) | (b >> 4));
      out[at++] = i + 1 < n ? charCodeAt(base64Alphabet, ((b & 15) << 2) | (c >> 6)) : 61;
      out[at++] = i + 2 < n ? charCodeAt(base64Alphabet, c & 63) : 61;
    }
    return latin1(out, 0, at);
  },
  atob(data) {
    need(arguments.length, 1, "atob");
    const text = `${data}`;
    const n = text.length;
    const codes = new U8(n);
    let count = 0;
    let padding = 0;
    for (let i = 0; i < n; i++) {
      const c = charCodeAt(text, i);
      if (isAsciiSpace(c)) continue;
      if (c === 61) {
        padding++;
        continue;
      }
      const v = base64Value(c);
      if (v < 0 || padding > 0) throw badBase64();
      codes[count++] = v;
    }
    if (padding > 2 || (padding > 0 && (count + padding) % 4 !== 0) || count % 4 === 1) throw badBase64();
    const out = new U8(trunc((count * 3) / 4));
    let at = 0;
    for (let i = 0; i < count; i += 4) {
      const b = i + 1 < count ? codes[i + 1] : 0;
      const c = i + 2 < count ? codes[i + 2] : 0;
      const d = i + 3 < count ? codes[i + 3] : 0;
      out[at++] = (codes[i] << 2) | (b >> 4);
      if (i + 2 < count) out[at++] = ((b & 15) << 4) | (c >> 2);
      if (i + 3 < count) out[at++] = ((c & 3) << 6) | d;
    }
    return latin1(out, 0, at);
  },
};

function badBase64() {
  return newDOMException("The string to be decoded is not correctly encoded", "InvalidCharacterError");
}
