// Bytes in, the same bytes out, with the headers it was sent.
interface Message {
  subject: string;
  headers: Headers;
  bytes(): Uint8Array;
}

export default function (msg: Message) {
  const headers = new Headers({ "X-Subject": msg.subject });
  for (const [name, value] of msg.headers) {
    if (name.toLowerCase().startsWith("x-")) {
      headers.append(name, value);
    }
  }
  return new Response(msg.bytes(), { headers });
}
