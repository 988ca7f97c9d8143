// Uses a package from npm, bundled into the function: { "count": 3 }.
import { customAlphabet } from "nanoid";

const id = customAlphabet("0123456789abcdefghijklmnopqrstuvwxyz", 12);

export default function (msg: { text(): string; json(): { count?: number } }) {
  const { count = 1 } = msg.text() === "" ? {} : msg.json();
  return { ids: Array.from({ length: Math.min(count, 1000) }, () => id()) };
}
