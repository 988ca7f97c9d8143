// workerd: a new isolate for each call, of a worker loader.
import sources from "sources.mjs";

export default {
  fetch(request, env) {
    const name = new URL(request.url).pathname.slice(1);
    const worker = env.LOADER.load({
      compatibilityDate: env.DATE,
      mainModule: "once.js",
      modules: { "once.js": sources.once, "message.js": sources.message, "function.js": sources[`function ${name}`] },
    });
    return worker.getEntrypoint().fetch(request);
  },
};
