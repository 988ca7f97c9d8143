// A responder in Node or Deno: serve.mjs URL PREFIX FOLDER MODE. It answers on
// PREFIX.<function> with the functions in FOLDER, run as modes/MODE.mjs runs them.
import { connect, headers } from "@nats-io/transport-node";

const [url, prefix, folder, mode] = (globalThis.Deno?.args ?? process.argv.slice(2));
const { open } = await import(`./modes/${mode}.mjs`);
const call = await open(folder);
const nc = await connect({ servers: url });

function failed(msg, error) {
  const h = headers();
  h.set("Nats-Service-Error-Code", "500");
  h.set("Nats-Service-Error", String(error?.message ?? error).replaceAll(/\s+/g, " "));
  msg.respond("", { headers: h });
}

nc.subscribe(`${prefix}.*`, {
  queue: "peers",
  callback(error, msg) {
    if (error) throw error;
    try {
      const result = call(msg.subject.slice(prefix.length + 1), msg.data);
      if (typeof result?.then === "function") {
        result.then((body) => msg.respond(body), (e) => failed(msg, e));
      } else {
        msg.respond(result);
      }
    } catch (e) {
      failed(msg, e);
    }
  },
});
await nc.flush();
console.log("ready " + mode);
