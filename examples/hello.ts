// The smallest function: JSON in, JSON out.
export default function (msg: { text(): string; json(): { name?: string } }) {
  const { name = "world" } = msg.text() === "" ? {} : msg.json();
  return { hello: name };
}
