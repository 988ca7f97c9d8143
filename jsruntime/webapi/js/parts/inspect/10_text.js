// How Node writes strings, keys and widths.
const MAX_STRING = 10000;

// hex is two digits.
function hex(n) {
  const text = numberToString(n, 16);
  return text.length < 2 ? "0" + text : text;
}

function isSurrogate(text, i) {
  const c = charCodeAt(text, i);
  if (c < 0xd800 || c > 0xdfff) return 0;
  if (c > 0xdbff || i + 1 >= text.length) return 1;
  const d = charCodeAt(text, i + 1);
  return d >= 0xdc00 && d <= 0xdfff ? 2 : 1;
}

// escapeCode is what stands for a character within quotes; undefined where it stands for itself.
function escapeCode(c, quoteCode) {
  if (c === quoteCode || c === 92) return "\\" + fromCharCode(c);
  if (c > 31 && (c < 127 || c > 159)) return undefined;
  switch (c) {
    case 8: return "\\b";
    case 9: return "\\t";
    case 10: return "\\n";
    case 12: return "\\f";
    case 13: return "\\r";
    default: return "\\x" + strUpper(hex(c));
  }
}

// escapeText escapes what cannot be shown, and the quote; 0 is none.
function escapeText(text, quoteCode) {
  let out = "";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    let escaped = escapeCode(charCodeAt(text, i), quoteCode);
    const kind = isSurrogate(text, i);
    if (kind === 2) {
      i++;
      continue;
    }
    if (kind === 1) escaped = "\\u" + numberToString(charCodeAt(text, i), 16);
    if (escaped === undefined) continue;
    out += strSlice(text, from, i) + escaped;
    from = i + 1;
  }
  return out + strSlice(text, from);
}

// quote takes the quotes that need the least escaping, as Node does.
function quote(text) {
  let mark = "'";
  if (strIndexOf(text, "'") >= 0) {
    if (strIndexOf(text, '"') < 0) mark = '"';
    else if (strIndexOf(text, "`") < 0 && strIndexOf(text, "${") < 0) mark = "`";
  }
  return mark + escapeText(text, charCodeAt(mark, 0)) + mark;
}

function isIdentifier(text) {
  for (let i = 0; i < text.length; i++) {
    const c = charCodeAt(text, i);
    if (!((c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95 || (i > 0 && c >= 48 && c <= 57))) return false;
  }
  return text.length > 0;
}

// isIndex reports whether key is one of an array's.
function isIndex(key) {
  if (typeof key !== "string" || key.length === 0 || key.length > 10) return false;
  for (let i = 0; i < key.length; i++) {
    const c = charCodeAt(key, i);
    if (c < 48 || c > 57) return false;
  }
  return (key.length === 1 || charCodeAt(key, 0) !== 48) && +key < 2 ** 32 - 1;
}

function keyText(key, enumerable) {
  let text;
  if (typeof key === "symbol") text = escapeText(symbolToString(key), 39);
  else if (key === "__proto__") text = "['__proto__']";
  else text = isIdentifier(key) ? key : quote(key);
  return enumerable ? text : `[${text}]`;
}

// indented puts pad behind each line's end.
function indented(text, pad) {
  if (pad === "") return text;
  let out = "";
  let from = 0;
  for (let at = strIndexOf(text, "\n"); at >= 0; at = strIndexOf(text, "\n", from)) {
    out += strSlice(text, from, at + 1) + pad;
    from = at + 1;
  }
  return out + strSlice(text, from);
}

function linesOf(text) {
  const lines = newList();
  let from = 0;
  for (let at = strIndexOf(text, "\n"); at >= 0; at = strIndexOf(text, "\n", from)) {
    lines[lines.length] = strSlice(text, from, at);
    from = at + 1;
  }
  lines[lines.length] = strSlice(text, from);
  return lines;
}

// isWide tells the characters that take two columns, as East Asian ones do.
function isWide(c) {
  return c >= 0x1100 && (c <= 0x115f || c === 0x2329 || c === 0x232a || (c >= 0x2e80 && c <= 0x3247 && c !== 0x303f) ||
    (c >= 0x3250 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0xa4c6) || (c >= 0xa960 && c <= 0xa97c) || (c >= 0xac00 && c <= 0xd7a3) ||
    (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe10 && c <= 0xfe19) || (c >= 0xfe30 && c <= 0xfe6b) || (c >= 0xff01 && c <= 0xff60) ||
    (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1f64f) || (c >= 0x1f900 && c <= 0x1f9ff) || (c >= 0x20000 && c <= 0x3fffd));
}

// widthOf is how many columns a text takes.
function widthOf(text) {
  let width = 0;
  for (let i = 0; i < text.length; i++) {
    let c = charCodeAt(text, i);
    if (c < 32 || (c >= 127 && c < 160)) continue;
    if (c >= 0xd800 && isSurrogate(text, i) === 2) c = (c - 0xd800) * 1024 + charCodeAt(text, ++i) - 0xdc00 + 0x10000;
    if (c === 0x200b || c === 0x200d || (c >= 0x300 && c <= 0x36f) || (c >= 0xfe00 && c <= 0xfe0f)) continue;
    width += isWide(c) ? 2 : 1;
  }
  return width;
}
