import { workerData } from "node:worker_threads";
import { load, run } from "../message.mjs";

const functions = await load(workerData);

export default ({ name, data }) => run(functions.get(name), data);
