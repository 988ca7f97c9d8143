// What a function is given, and what becomes of what it returns: as far as the functions
// of this comparison use it, what Isolane does.
const decoder = new TextDecoder();

export class Message {
  #data;
  constructor(data) {
    this.#data = data;
  }
  bytes() {
    return this.#data;
  }
  text() {
    return decoder.decode(this.#data);
  }
  json() {
    return JSON.parse(decoder.decode(this.#data));
  }
}

export function encode(value) {
  if (value === undefined) return "";
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  return JSON.stringify(value);
}

// run calls a function; the body is a promise only where the function's is.
export function run(fn, data) {
  const value = fn(new Message(data));
  return typeof value?.then === "function" ? value.then(encode) : encode(value);
}

// load imports every function of a folder, by name.
export async function load(folder) {
  return (await import(`file://${folder}/functions.mjs`)).default;
}
