// Fetches a page and says how long it is: waiting, and little else.
export default async function page(msg) {
  const response = await fetch(msg.json().url);
  const text = await response.text();
  return { status: response.status, bytes: text.length };
}
