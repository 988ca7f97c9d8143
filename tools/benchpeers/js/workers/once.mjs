import { run } from "../message.mjs";

self.onmessage = async ({ data: { folder, name, data } }) => {
  const { default: fn } = await import(`file://${folder}/${name}.mjs`);
  self.postMessage(await run(fn, data));
};
