import fn from "function.js";
import { run } from "message.js";

export default {
  async fetch(request) {
    return new Response(await run(fn, new Uint8Array(await request.arrayBuffer())));
  },
};
