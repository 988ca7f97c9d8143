// Functions in the responder's own context: nothing is isolated from anything.
import { load, run } from "../message.mjs";

export async function open(folder) {
  const functions = await load(folder);
  return (name, data) => run(functions.get(name), data);
}
