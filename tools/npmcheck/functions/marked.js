import { marked } from "marked";

export default (msg) => new Response(marked.parse(msg.text()), { headers: { "content-type": "text/html" } });
