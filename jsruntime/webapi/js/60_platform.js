// platformText shows the Web's own objects in logs; undefined for any other.
function platformText(value, write) {
  if (headersClass().has(value)) {
    const all = headersClass().sorted(headersClass().list(value));
    let out = "";
    for (let i = 0; i < all.length; i++) out += `${i === 0 ? " " : ", "}${jsonStringify(all[i][0])}: ${write(all[i][1])}`;
    return `Headers {${out}${out === "" ? "" : " "}}`;
  }
  if (urls().has(value)) return `URL ${write(urls().href(value))}`;
  if (searchParams().has(value)) return `URLSearchParams ${write(searchParams().text(value))}`;
  if (responses().has(value)) {
    const s = responses().state(value);
    return `Response { status: ${s.status}, type: ${write(s.type)}, url: ${write(s.url)} }`;
  }
  if (requests().has(value)) {
    const s = requests().state(value);
    return `Request { method: ${write(s.method)}, url: ${write(s.url)} }`;
  }
  if (isSignal(value)) return `AbortSignal { aborted: ${isAborted(value)} }`;
  return undefined;
}
