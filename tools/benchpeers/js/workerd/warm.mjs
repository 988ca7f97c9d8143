// workerd: one isolate and one context for all functions, kept.
import functions from "functions.mjs";
import { run } from "message.mjs";

export default {
  async fetch(request) {
    const name = new URL(request.url).pathname.slice(1);
    return new Response(await run(functions.get(name), new Uint8Array(await request.arrayBuffer())));
  },
};
