// Fetches a page and tells its size. While it waits, its isolate runs other calls.
// function.yaml beside it grants this machine, and nothing else.
export default async function (msg: { text(): string; json(): { url?: string } }) {
  const { url = "http://localhost:8080/" } = msg.text() === "" ? {} : msg.json();
  const response = await fetch(url);
  const text = await response.text();
  return { url, status: response.status, characters: text.length };
}
