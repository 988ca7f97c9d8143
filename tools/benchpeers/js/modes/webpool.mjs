// Deno: a pool of two Web Workers that are kept. A call goes to the one with fewer under
// way.
const file = new URL("../workers/pool.mjs", import.meta.url);

export async function open(folder) {
  const workers = await Promise.all([0, 1].map(() => start(folder)));
  return (name, data) => {
    const worker = workers[0].waiting.size <= workers[1].waiting.size ? workers[0] : workers[1];
    return worker.call(name, data);
  };
}

function start(folder) {
  const worker = new Worker(file, { type: "module" });
  const waiting = new Map();
  let last = 0;
  const call = (name, data) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      worker.postMessage({ id: last, name, data });
    });
  return new Promise((ready, broken) => {
    worker.onerror = (event) => broken(event.error ?? new Error(event.message));
    worker.onmessage = ({ data: { id, body, error } }) => {
      if (id === 0) return ready({ call, waiting });
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      if (error === undefined) resolve(body);
      else reject(new Error(error));
    };
    worker.postMessage({ id: 0, folder });
  });
}
