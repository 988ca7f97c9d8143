// Deno: a new Web Worker for each call.
const file = new URL("../workers/once.mjs", import.meta.url);

export async function open(folder) {
  return (name, data) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(file, { type: "module" });
      worker.onerror = (event) => {
        event.preventDefault();
        worker.terminate();
        reject(event.error ?? new Error(event.message));
      };
      worker.onmessage = ({ data: body }) => {
        worker.terminate();
        resolve(body);
      };
      worker.postMessage({ folder, name, data });
    });
}
