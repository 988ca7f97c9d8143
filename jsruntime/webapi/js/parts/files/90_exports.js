return {
  __proto__: null, Blob, File, FormData, newBlob, newFile, encodeForm, decodeForm, essence, cloneBlob,
  isBlob: BlobSlot.has, blobBytes: BlobSlot.bytes, blobType: BlobSlot.type, isFile: FileSlot.has, fileName: FileSlot.nameOf,
  isForm: FormSlot.has, formEntries: FormSlot.entries,
};
