// fetch: the request is written for Go, which does it; see fetch.go.
const fetchFunctions = {
  __proto__: null,
  fetch(input, init = undefined) {
    const given = arguments.length;
    return new PromiseCtor((resolve, reject) => {
      try {
        need(given, 1, "fetch");
        const built = requests().build(input, init, true);
        startFetch(built.state, built.body, resolve, reject);
      } catch (e) {
        reject(e);
      }
    });
  },
};

function startFetch(state, body, resolve, reject) {
  const send = (upload, bytes) => operate(host.start, "fetch", requestText(state, upload), bytes, state.source,
    (answer) => responses().fetched(answer, state.source), resolve, reject);
  if (body === null) send("", undefined);
  else if (body.stream === undefined && body.remote === undefined) send("", bodyBytes(body));
  else streams().upload(streamOf(body), (id) => send(id, undefined), reject);
}

// requestText writes the lines that Go reads, the URL last; see fetch_wire.go. No part but
// the URL can hold a line break.
function requestText(state, upload) {
  const { entries } = state.headers;
  let text = `${state.method}\n${state.redirect}\n${upload}\n${entries.length}\n`;
  for (let i = 0; i < entries.length; i++) text += `${entries[i].name}:${entries[i].value}\n`;
  return text + state.url;
}
