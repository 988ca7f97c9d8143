// Throws in another file: the reply names file, line and column of the source.
import { price } from "./price";

export default function (msg: { text(): string; json(): unknown }) {
  return { total: price(msg.text() === "" ? {} : msg.json()) };
}
