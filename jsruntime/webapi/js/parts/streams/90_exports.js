const {
  ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStreamBYOBReader, ReadableStreamBYOBRequest,
  ReadableStreamDefaultController, TransformStreamDefaultController, WritableStreamDefaultController, WritableStreamDefaultWriter,
} = streamsLibrary;

return {
  __proto__: null,
  ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream, ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest, ReadableStreamDefaultController, ReadableStreamDefaultReader, TransformStream,
  TransformStreamDefaultController, WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter,
  TextEncoderStream, TextDecoderStream, CompressionStream, DecompressionStream,
  has: isStream, isWritable, isLocked, isDisturbed, unusable, tee, fromBytes, fromRemote, spent, through, gather, upload, newReadable,
};
