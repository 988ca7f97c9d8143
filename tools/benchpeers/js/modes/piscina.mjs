// Node: a pool of two worker threads that are kept, by piscina.
import { Piscina } from "piscina";

export async function open(folder) {
  const pool = new Piscina({
    filename: new URL("../workers/piscina.mjs", import.meta.url).href,
    workerData: folder,
    minThreads: 2,
    maxThreads: 2,
    concurrentTasksPerWorker: 256,
  });
  return (name, data) => pool.run({ name, data });
}
