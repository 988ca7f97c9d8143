// Node: a new worker thread for each call.
import { Worker } from "node:worker_threads";

const file = new URL("../workers/thread.mjs", import.meta.url);

export async function open(folder) {
  return (name, data) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(file, { workerData: { folder, name, data } });
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", () => reject(new Error("the thread ended without an answer")));
    });
}
