// TextEncoder and TextDecoder. UTF-8 that comes in one piece is decoded by the
// helpers of this script; everything else by Go, to which the bytes of an unfinished
// character are given again with the next piece.
const encoding = once(() => {
  class TextEncoder {
    #brand;
    get encoding() {
      this.#brand;
      return "utf-8";
    }
    encode(input = "") {
      this.#brand;
      return utf8Encode(`${input}`);
    }
    encodeInto(source, destination) {
      this.#brand;
      need(arguments.length, 2, "encodeInto");
      const text = `${source}`;
      if (!isObject(destination) || typedName(destination) !== "Uint8Array") {
        throw new TypeErrorCtor("encodeInto: the destination must be a Uint8Array");
      }
      const { read, written } = encodeInto(text, destination, typedLength(destination));
      return { read, written };
    }
  }
  webClass(TextEncoder, "TextEncoder");

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    // What decoding has left: the bytes of an unfinished character, and whether the
    // byte order mark is behind us.
    #carry = undefined;
    #begun = false;
    constructor(label = "utf-8", options = undefined) {
      const name = `${label}`;
      this.#encoding = name === "utf-8" || name === "utf8" ? "utf-8" : hostCall("text.label", name, undefined);
      if (options !== undefined && options !== null && !isObject(options)) {
        throw new TypeErrorCtor("TextDecoder: options must be an object");
      }
      this.#fatal = isObject(options) && !!options.fatal;
      this.#ignoreBOM = isObject(options) && !!options.ignoreBOM;
    }
    get encoding() { return this.#encoding; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }
    decode(input = undefined, options = undefined) {
      this.#encoding;
      const bytes = input === undefined ? new U8(0) : bytesOf(input);
      if (bytes === undefined) throw new TypeErrorCtor("decode: the input must be an ArrayBuffer or a view");
      const stream = isObject(options) && !!options.stream;
      if (this.#carry === undefined && !this.#begun && !stream && !this.#fatal && this.#encoding === "utf-8") {
        return this.#strip(utf8Decode(bytes));
      }
      const carry = this.#carry;
      const begun = this.#begun;
      this.#carry = undefined;
      this.#begun = false;
      let all = bytes;
      if (carry !== undefined) {
        all = new U8(typedLength(carry) + typedLength(bytes));
        typedSet(all, carry);
        typedSet(all, bytes, typedLength(carry));
      }
      const flags = (this.#fatal ? "f" : "") + (stream ? "s" : "") + (carry === undefined ? "" : "c");
      let text = hostCall("text.decode", this.#encoding + "\n" + flags, all);
      if (stream) this.#carry = host.bytes();
      const first = text.length > 0;
      if (!begun) text = this.#strip(text);
      if (stream) this.#begun = begun || first;
      return text;
    }
    #strip(text) {
      if (this.#ignoreBOM || text.length === 0 || charCodeAt(text, 0) !== 0xfeff) return text;
      const name = this.#encoding;
      return name === "utf-8" || name === "utf-16le" || name === "utf-16be" ? strSlice(text, 1) : text;
    }
  }
  webClass(TextDecoder, "TextDecoder");
  return { __proto__: null, TextEncoder, TextDecoder };
});
