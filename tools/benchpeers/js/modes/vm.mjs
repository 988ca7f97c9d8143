// Node: a new context of the vm module for each call. Scripts are compiled once, and what
// a function may use of the web APIs is handed in by reference, which is cheaper than a
// realm of its own would be.
import { readFile } from "node:fs/promises";
import vm from "node:vm";
import { load, run } from "../message.mjs";

const web = { fetch, URL, Request, Response, Headers, TextEncoder, TextDecoder, AbortController, setTimeout, clearTimeout, queueMicrotask };

export async function open(folder) {
  const scripts = new Map();
  for (const name of (await load(folder)).keys()) {
    const filename = `${folder}/${name}.script.js`;
    scripts.set(name, new vm.Script(await readFile(filename, "utf8"), { filename }));
  }
  return (name, data) => run(scripts.get(name).runInContext(vm.createContext({ ...web })).default, data);
}
