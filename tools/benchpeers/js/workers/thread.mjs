import { parentPort, workerData } from "node:worker_threads";
import { run } from "../message.mjs";

const { folder, name, data } = workerData;
const { default: fn } = await import(`file://${folder}/${name}.mjs`);
parentPort.postMessage(await run(fn, data));
