// Runs one unit of web-platform-tests: a function of {harness, scripts, files, href, time}, which
// gives {status, message, tests: [{name, status, message}]}.
globalThis["isolane:wpt"] = ({ harness, scripts, files, href, time }) => new Promise((resolve) => {
  const run = globalThis.eval;
  const tests = [];
  const later = globalThis.setTimeout;
  const words = ["PASS", "FAIL", "TIMEOUT", "NOTRUN", "PRECONDITION_FAILED"];
  const said = new Map();
  const finish = (status, message) => resolve({
    status, message, tests: tests.map((t) => ({ name: t.name, status: words[t.status] || "NOTRUN", message: String(t.message || "") })),
  });
  try {
    const { location } = globalThis;
    delete globalThis.location;
    run(harness);
    globalThis.location = location || new URL(href);
    globalThis.GLOBAL = { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false };
    const { fetch } = globalThis;
    globalThis.fetch = (input, init) => typeof input === "string" && Object.hasOwn(files, input) ? Promise.resolve(new Response(files[input])) : fetch(input, init);
    setup({ explicit_done: true });
    add_result_callback((t) => { if (!said.has(t)) { said.set(t, true); tests.push(t); } });
    add_completion_callback((all, status) => {
      tests.length = 0;
      tests.push(...all);
      finish(status.status === 0 ? "OK" : status.status === 2 ? "TIMEOUT" : "ERROR", String(status.message || ""));
    });
    later(() => finish("TIMEOUT", "the file did not end in time"), time);
    // One text, since what one script declares is the next one's too.
    run(scripts.map((s) => s.text).join("\n;\n"));
    // The tests of a page may be made a little later, as long as it loads.
    if (href.includes(".html")) later(done, 500);
    else done();
  } catch (e) {
    finish("ERROR", `${e}`);
  }
});
