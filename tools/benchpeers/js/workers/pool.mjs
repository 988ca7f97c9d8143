import { load, run } from "../message.mjs";

let functions;

self.onmessage = async ({ data: { id, folder, name, data } }) => {
  try {
    if (id === 0) functions = await load(folder);
    self.postMessage({ id, body: id === 0 ? "" : await run(functions.get(name), data) });
  } catch (e) {
    self.postMessage({ id, error: e.message });
  }
};
