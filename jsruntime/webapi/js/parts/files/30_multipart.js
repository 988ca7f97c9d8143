// Forms as bodies: written here, and read by Go's reader of multipart messages.

// escaped writes a name or a file name into a Content-Disposition.
function escaped(text, breaks) {
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const c = charCodeAt(text, i);
    if (c === 34) out += "%22";
    else if (c === 13 || c === 10) {
      if (breaks && c === 13 && i + 1 < text.length && charCodeAt(text, i + 1) === 10) i++;
      out += breaks ? "%0D%0A" : c === 13 ? "%0D" : "%0A";
    } else out += text[i];
  }
  return out;
}

// withBreaks makes every line break a carriage return and a line feed.
function withBreaks(text) {
  let out = "";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = charCodeAt(text, i);
    if (c !== 13 && c !== 10) continue;
    out += strSlice(text, from, i) + "\r\n";
    if (c === 13 && i + 1 < text.length && charCodeAt(text, i + 1) === 10) i++;
    from = i + 1;
  }
  return out + strSlice(text, from);
}

function encodeForm(form) {
  const entries = FormSlot.entries(form);
  hostCall("random", "16", undefined);
  const random = host.bytes();
  let boundary = "----isolane-form-";
  for (let i = 0; i < 16; i++) boundary += (random[i] < 16 ? "0" : "") + numberToString(random[i], 16);
  const list = newList();
  let size = 0;
  const add = (bytes) => {
    list[list.length] = bytes;
    size += typedLength(bytes);
  };
  for (let i = 0; i < entries.length; i++) {
    const value = entries[i][1];
    let head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(entries[i][0], true)}"`;
    if (typeof value === "string") {
      add(utf8Encode(head + "\r\n\r\n" + withBreaks(value) + "\r\n"));
      continue;
    }
    head += `; filename="${escaped(FileSlot.nameOf(value), false)}"\r\nContent-Type: ${BlobSlot.type(value) || "application/octet-stream"}\r\n\r\n`;
    add(utf8Encode(head));
    add(BlobSlot.bytes(value));
    add(utf8Encode("\r\n"));
  }
  add(utf8Encode(`--${boundary}--\r\n`));
  return { __proto__: null, bytes: concatBytes(list, size), type: "multipart/form-data; boundary=" + boundary };
}

// decodeForm reads a body whose Content-Type is type.
function decodeForm(bytes, type) {
  const kind = essenceOnly(type);
  const entries = newList();
  if (kind === "application/x-www-form-urlencoded") {
    const pairs = searchParams().decoded(utf8Decode(bytes));
    for (let i = 0; i < pairs.length; i++) entries[i] = formEntry(pairs[i][0], pairs[i][1]);
    return new FormSlot(objectCreate(FormPrototype), entries);
  }
  if (kind !== "multipart/form-data") {
    throw new TypeErrorCtor(`formData: the Content-Type must be multipart/form-data or application/x-www-form-urlencoded, it is ${jsonStringify(cut(type, 100))}`);
  }
  const answer = jsonParse(hostCall("form.parse", type, bytes));
  const data = host.bytes() || new U8(0);
  let at = 0;
  for (let i = 0; i < answer.length; i++) {
    const { name, size } = answer[i];
    const content = part(data, at, at + size);
    at += size;
    entries[i] = formEntry(name, answer[i].file ? newFile(copyBytes(content), answer[i].type, answer[i].filename, dateNow()) : utf8Decode(content));
  }
  return new FormSlot(objectCreate(FormPrototype), entries);
}

function essenceOnly(type) {
  const at = strIndexOf(type, ";");
  return strLower(trimmed(at < 0 ? type : strSlice(type, 0, at)));
}

function trimmed(text) {
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(charCodeAt(text, from))) from++;
  while (to > from && isBlank(charCodeAt(text, to - 1))) to--;
  return strSlice(text, from, to);
}

function isBlank(c) {
  return c === 32 || c === 9 || c === 10 || c === 13;
}

// essence is the type of a Blob that is made of a body; see MIME Sniffing, 4.5.
function essence(type) {
  if (type === "") return "";
  return hostCall("mime.type", type, undefined);
}
