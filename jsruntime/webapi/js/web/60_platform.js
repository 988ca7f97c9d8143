// platformText shows the Web's own objects in logs; undefined for any other.
function platformText(value, write) {
  const headers = headersClass(true);
  if (is(headers, value)) {
    const all = headers.sorted(headers.list(value));
    let out = "";
    for (let i = 0; i < all.length; i++) out += `${i === 0 ? " " : ", "}${jsonStringify(all[i][0])}: ${write(all[i][1])}`;
    return `Headers {${out}${out === "" ? "" : " "}}`;
  }
  if (is(urls(true), value)) return `URL ${write(urls().href(value))}`;
  if (is(searchParams(true), value)) return `URLSearchParams ${write(searchParams().text(value))}`;
  if (is(responses(true), value)) {
    const s = responses().state(value);
    return `Response { status: ${s.status}, type: ${write(s.type)}, url: ${write(s.url)} }`;
  }
  if (is(requests(true), value)) {
    const s = requests().state(value);
    return `Request { method: ${write(s.method)}, url: ${write(s.url)} }`;
  }
  const known = files(true);
  if (known !== undefined) {
    if (known.isFile(value)) return `File { name: ${write(known.fileName(value))}, size: ${typedLength(known.blobBytes(value))}, type: ${write(known.blobType(value))} }`;
    if (known.isBlob(value)) return `Blob { size: ${typedLength(known.blobBytes(value))}, type: ${write(known.blobType(value))} }`;
    if (known.isForm(value)) {
      const entries = known.formEntries(value);
      let out = "";
      for (let i = 0; i < entries.length; i++) out += `${i === 0 ? " " : ", "}${write(entries[i][0])} => ${write(entries[i][1])}`;
      return `FormData(${entries.length}) {${out}${out === "" ? "" : " "}}`;
    }
  }
  if (is(streams(true), value)) return `ReadableStream { locked: ${streams().isLocked(value)} }`;
  if (streams(true) !== undefined && streams().isWritable(value)) return "WritableStream {}";
  if (aborting(true) !== undefined && isSignal(value)) return `AbortSignal { aborted: ${isAborted(value)} }`;
  return undefined;
}

// is reports whether value is of a class that may never have been made.
function is(known, value) {
  return known !== undefined && known.has(value);
}
