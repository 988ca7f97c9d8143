// The plain Node responder of the echo benchmark: node echo.mjs NATS-URL
import { connect } from "@nats-io/transport-node";

const nc = await connect({ servers: process.argv[2] });
nc.subscribe("node.echo", { queue: "q", callback: (err, m) => { if (!err) m.respond(m.data); } });
await nc.flush();
console.log("ready");
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => nc.close().then(() => process.exit(0)));
