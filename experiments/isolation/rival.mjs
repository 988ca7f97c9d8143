// Runs a probe in Node or Deno: attack and look, in the model that is named, and prints
// {"before", "attack", "after"}. Usage: rival.mjs MODEL PROBE.js LIMIT_MS
import { readFile } from "node:fs/promises";

const [model, file, limit] = (globalThis.Deno?.args ?? process.argv.slice(2));
const source = await readFile(file, "utf8");
const msg = (act) => ({ json: () => ({ act }) });
const within = (promise, ms, stop) => {
  let timer;
  const late = new Promise((_, fail) => (timer = setTimeout(() => { stop?.(); fail(new Error(`stopped after ${ms} ms`)); }, ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

const models = {
  // One module in the process's own isolate and context: what an import gives.
  async main(act) {
    models.module ??= await import(new URL(file, `file://${globalThis.Deno?.cwd() ?? process.cwd()}/`));
    return models.module.default(msg(act));
  },
  // A fresh context for each call, in the same isolate.
  async vm(act) {
    const vm = await import("node:vm");
    const context = vm.createContext({ performance, setTimeout, setInterval, message: msg(act) });
    const script = new vm.Script(`${source.replace("export default", "globalThis.probe =")}; probe(message)`);
    return script.runInContext(context, { timeout: Number(limit) });
  },
  // A fresh worker thread for each call.
  async worker(act) {
    const { Worker } = await import("node:worker_threads");
    const body = `${source.replace("export default", "globalThis.probe =")}
      const { parentPort } = require("node:worker_threads");
      Promise.resolve(probe({ json: () => ({ act: ${JSON.stringify(act)} }) })).then((v) => parentPort.postMessage(v));`;
    const worker = new Worker(body, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 128 } });
    const answer = new Promise((done, fail) => { worker.once("message", done); worker.once("error", fail); });
    return within(answer, Number(limit), () => worker.terminate()).finally(() => worker.terminate());
  },
  // A fresh Web Worker for each call.
  async webworker(act) {
    const body = `${source.replace("export default", "globalThis.probe =")}
      Promise.resolve(probe({ json: () => ({ act: ${JSON.stringify(act)} }) })).then((v) => self.postMessage(v));`;
    const worker = new Worker(`data:application/javascript,${encodeURIComponent(body)}`, { type: "module" });
    const answer = new Promise((done, fail) => {
      worker.onmessage = (e) => done(e.data);
      worker.onerror = (e) => { e.preventDefault(); fail(new Error(e.message)); };
    });
    return within(answer, Number(limit), () => worker.terminate()).finally(() => worker.terminate());
  },
};

const attempt = async (act) => {
  const began = performance.now();
  try {
    return { said: await models[model](act), ms: performance.now() - began };
  } catch (error) {
    return { failed: String(error.message ?? error), ms: performance.now() - began };
  }
};
const before = await attempt("look");
const attack = await attempt("attack");
const after = await attempt("look");
console.log(JSON.stringify({ before, attack, after }));
(globalThis.Deno?.exit ?? process.exit)(0);
