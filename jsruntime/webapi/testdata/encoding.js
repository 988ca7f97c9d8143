const enc = new TextEncoder();
equal(enc.encoding, "utf-8");
bytesEqual(enc.encode(), []);
bytesEqual(enc.encode("aé€😀"), [97, 195, 169, 226, 130, 172, 240, 159, 152, 128]);
bytesEqual(enc.encode("\ud800x\udc00"), [239, 191, 189, 120, 239, 191, 189]);
const long = "é😀x".repeat(1000);
equal(new TextDecoder().decode(enc.encode(long)), long);
equal(enc.encode(long).length, 7000);
const into = new Uint8Array(5);
same(enc.encodeInto("a€€", into), { read: 2, written: 4 });
same(enc.encodeInto("😀😀", into), { read: 2, written: 4 });
throws("TypeError", () => enc.encodeInto("x", new Uint16Array(2)));
throws("TypeError", () => enc.encodeInto("x"));
throws("TypeError", () => TextEncoder());

const dec = new TextDecoder();
equal(dec.encoding, "utf-8");
equal(dec.fatal, false);
equal(dec.decode(), "");
equal(dec.decode(new Uint8Array([0xef, 0xbb, 0xbf, 65])), "A");
equal(new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 65])), "\ufeffA");
equal(dec.decode(new Uint8Array([0xe2, 0x82])), "\ufffd");
equal(dec.decode(new Uint8Array([0xf0, 0x9f, 0x98, 65, 0xff])), "\ufffdA\ufffd");
equal(dec.decode(new Uint8Array([0xed, 0xa0, 0x80])), "\ufffd\ufffd\ufffd");
equal(dec.decode(new Uint16Array([0x4241]).buffer), "AB");
equal(dec.decode(new DataView(new Uint8Array([65, 66, 67]).buffer, 1, 1)), "B");
throws("TypeError", () => dec.decode("x"));
throws("TypeError", () => new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([0xff])), "utf-8");
throws("RangeError", () => new TextDecoder("nope"));
throws("RangeError", () => new TextDecoder("replacement"));
throws("RangeError", () => new TextDecoder("utf-\u212a"));

const s = new TextDecoder();
equal(s.decode(new Uint8Array([0xef, 0xbb]), { stream: true }), "");
equal(s.decode(new Uint8Array([0xbf, 0xe2]), { stream: true }), "");
equal(s.decode(new Uint8Array([0x82]), { stream: true }), "");
equal(s.decode(new Uint8Array([0xac, 0xef, 0xbb, 0xbf]), { stream: true }), "€\ufeff");
equal(s.decode(new Uint8Array([0xe2])), "\ufffd");
equal(s.decode(new Uint8Array([0xef, 0xbb, 0xbf, 66])), "B");
const f = new TextDecoder("utf8", { fatal: true });
equal(f.decode(new Uint8Array([0xe2, 0x82]), { stream: true }), "");
throws("TypeError", () => f.decode(new Uint8Array([])));

equal(new TextDecoder("latin1").encoding, "windows-1252");
equal(new TextDecoder(" ASCII\n").decode(new Uint8Array([0x80, 0xe9, 0x81])), "€é\x81");
equal(new TextDecoder("utf-16").encoding, "utf-16le");
const wide = new TextDecoder("utf-16le");
equal(wide.decode(new Uint8Array([0xff, 0xfe, 0x41, 0, 0x3d, 0xd8, 0, 0xde])), "A😀");
equal(wide.decode(new Uint8Array([0x3d, 0xd8, 0]), { stream: true }), "");
equal(wide.decode(new Uint8Array([0xde])), "😀");
equal(wide.decode(new Uint8Array([0x3d, 0xd8])), "\ufffd");
equal(new TextDecoder("utf-16be").decode(new Uint8Array([0, 0x41])), "A");
const sjis = new TextDecoder("shift_jis");
equal(sjis.decode(new Uint8Array([0x83, 0x65, 0x83]), { stream: true }), "テ");
equal(sjis.decode(new Uint8Array([0x58])), "ス");
const jp = new TextDecoder("iso-2022-jp");
equal(jp.decode(new Uint8Array([0x1b, 0x24, 0x42, 0x25]), { stream: true }), "");
equal(jp.decode(new Uint8Array([0x46, 0x25, 0x39]), { stream: true }), "テス");
equal(jp.decode(new Uint8Array([0x1b, 0x28, 0x42, 0x41])), "A");
// ISO-2022-JP: escape sequences that stand for nothing, and what is not allowed in each mode
for (const [bytes, want] of [
  [[0x1b, 0x24], "\ufffd$"], [[0x1b, 0x28, 0x42, 0x1b, 0x28, 0x42, 0x50], "\ufffdP"], [[0x0d, 0x0e, 0x0f, 0x10, 0x80], "\r\ufffd\ufffd\x10\ufffd"],
  [[0x1b, 0x28, 0x4a, 0x5c, 0x5d, 0x7e], "\u00a5]\u203e"], [[0x1b, 0x28, 0x49, 0x50, 0x1b, 0x50, 0x60], "\uff90\ufffd\uff90\ufffd"],
  [[0x1b, 0x24, 0x40, 0x50, 0x1b, 0x24, 0x40, 0x50, 0x50], "\ufffd\u4f69"], [[0x1b, 0x24, 0x40, 0x1b, 0x24, 0x50, 0x50], "\ufffd\u3070\ufffd"],
  [[0x1b, 0x24, 0x40, 0x20, 0x50], "\ufffd\ufffd"], [[0x1b, 0x24, 0x40, 0x50, 0x20], "\ufffd"], [[0x50, 0x1b, 0x24, 0x42], "P"],
]) {
  equal(new TextDecoder("iso-2022-jp").decode(new Uint8Array(bytes)), want);
  const each = new TextDecoder("iso-2022-jp");
  equal(bytes.map((b) => each.decode(new Uint8Array([b]), { stream: true })).join("") + each.decode(), want, "byte by byte");
  if (want.includes("\ufffd")) throws("TypeError", () => new TextDecoder("iso-2022-jp", { fatal: true }).decode(new Uint8Array(bytes)));
}
equal(new TextDecoder("gbk").decode(new Uint8Array([0xc4, 0xe3])), "你");
// gb18030 and GBK are decoded alike, and as of GB18030-2022.
for (const label of ["gb18030", "gbk", "gb2312"]) {
  const gb = (...bytes) => new TextDecoder(label).decode(new Uint8Array(bytes));
  equal(gb(0x61, 0x80, 0x81, 0x40, 0xa3, 0xa0, 0xfe, 0xfe), "a\u20ac\u4e02\u3000\ue4c5");
  equal(gb(0xa6, 0xd9, 0xa6, 0xdf, 0xfe, 0x59, 0xfe, 0xa0, 0xa8, 0xbc), "\ufe10\ufe16\u9fb4\u9fbb\u1e3f");
  equal(gb(0x81, 0x30, 0x81, 0x30, 0x82, 0x35, 0x90, 0x37, 0x81, 0x35, 0xf4, 0x37, 0x90, 0x30, 0x81, 0x30, 0xe3, 0x32, 0x9a, 0x35), "\x80\u9fb4\ue7c7\u{10000}\u{10ffff}");
  // how much of what is wrong is one error
  equal(gb(0x81, 0x30, 0xfe), "\ufffd");
  equal(gb(0x81, 0x30, 0xfe, 0x29), "\ufffd0\ufffd)");
  equal(gb(0x81, 0x7f, 0x81, 0xff, 0xff, 0x81), "\ufffd\x7f\ufffd\ufffd\ufffd");
  equal(gb(0xfe, 0x39, 0xfe, 0x39, 0x61), "\ufffda");
  const parts = new TextDecoder(label, { fatal: true });
  equal(parts.decode(new Uint8Array([0x61, 0x90]), { stream: true }), "a");
  equal(parts.decode(new Uint8Array([0x30, 0x81]), { stream: true }), "");
  equal(parts.decode(new Uint8Array([0x30, 0x84, 0x31, 0xa4, 0x37])), "\u{10000}\ufffd", "U+FFFD itself is no error");
  throws("TypeError", () => parts.decode(new Uint8Array([0x81, 0x30, 0x81])));
}
throws("TypeError", () => new TextDecoder("euc-kr", { fatal: true }).decode(new Uint8Array([0xff])));
const all = new Uint8Array(1 << 16).map((_, i) => i * 7);
equal(internals.utf8Decode(all), new TextDecoder("utf-8", { ignoreBOM: true }).decode(all));
bytesEqual(internals.utf8Encode("ü"), [195, 188]);
throws("RangeError", () => new TextDecoder("utf-8\u000b"));
equal(new TextDecoder("iso-8859-8-i", { fatal: true }).decode(new Uint8Array([0x80, 0xe0])), "\u0080\u05d0");
