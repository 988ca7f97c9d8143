// TextEncoderStream and TextDecoderStream, made of a TransformStream and the decoder.
class PairSlot extends Slot {
  #pair;
  constructor(object, pair) {
    super(object);
    this.#pair = pair;
  }
  static of(o) {
    if (!isObject(o) || !(#pair in o)) throw illegalInvocation();
    return o.#pair;
  }
}

const readableSide = uncurry(getOwnPropertyDescriptor(TransformStream.prototype, "readable").get);
const writableSide = uncurry(getOwnPropertyDescriptor(TransformStream.prototype, "writable").get);

function transforming(transform, flush) {
  const t = new TransformStream({ __proto__: null, transform, flush });
  return { __proto__: null, readable: readableSide(t), writable: writableSide(t) };
}

const { TextDecoder } = encoding();
const decode = uncurry(TextDecoder.prototype.decode);
const decoderEncoding = uncurry(getOwnPropertyDescriptor(TextDecoder.prototype, "encoding").get);
const decoderFatal = uncurry(getOwnPropertyDescriptor(TextDecoder.prototype, "fatal").get);
const decoderIgnoreBOM = uncurry(getOwnPropertyDescriptor(TextDecoder.prototype, "ignoreBOM").get);
const more = freeze({ __proto__: null, stream: true });

class TextEncoderStream {
  constructor() {
    let high = ""; // the first half of a character whose second one may come
    new PairSlot(this, transforming((chunk, controller) => {
      let text = high + `${chunk}`;
      high = "";
      const last = text.length > 0 ? charCodeAt(text, text.length - 1) : 0;
      if (last >= 0xd800 && last <= 0xdbff) {
        high = strSlice(text, text.length - 1);
        text = strSlice(text, 0, text.length - 1);
      }
      if (text !== "") controller.enqueue(utf8Encode(text));
    }, (controller) => {
      if (high !== "") controller.enqueue(utf8Encode(high));
    }));
  }
  get encoding() { PairSlot.of(this); return "utf-8"; }
  get readable() { return PairSlot.of(this).readable; }
  get writable() { return PairSlot.of(this).writable; }
}
webClass(TextEncoderStream, "TextEncoderStream");

class TextDecoderStream {
  constructor(label = "utf-8", options = undefined) {
    const decoder = new TextDecoder(label, options);
    const pair = transforming((chunk, controller) => {
      const text = decode(decoder, sourceOf(chunk), more);
      if (text !== "") controller.enqueue(text);
    }, (controller) => {
      const text = decode(decoder);
      if (text !== "") controller.enqueue(text);
    });
    pair.decoder = decoder;
    new PairSlot(this, pair);
  }
  get encoding() { return decoderEncoding(PairSlot.of(this).decoder); }
  get fatal() { return decoderFatal(PairSlot.of(this).decoder); }
  get ignoreBOM() { return decoderIgnoreBOM(PairSlot.of(this).decoder); }
  get readable() { return PairSlot.of(this).readable; }
  get writable() { return PairSlot.of(this).writable; }
}
webClass(TextDecoderStream, "TextDecoderStream");

// sourceOf refuses what is no BufferSource.
function sourceOf(chunk) {
  const bytes = bytesOf(chunk);
  if (bytes === undefined) throw new TypeErrorCtor("a chunk must be an ArrayBuffer or a view");
  return bytes;
}
