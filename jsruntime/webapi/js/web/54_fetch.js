// fetch: the request is written for Go, which does it; see fetch.go.
const fetchFunctions = {
  __proto__: null,
  fetch(input, init = undefined) {
    const given = arguments.length;
    return new PromiseCtor((resolve, reject) => {
      try {
        need(given, 1, "fetch");
        const built = requests().build(input, init);
        startFetch(built.state, built.body, resolve, reject);
      } catch (e) {
        reject(e);
      }
    });
  },
};

function startFetch(state, body, resolve, reject) {
  const send = (upload, bytes) => operate(host.start, "fetch", requestText(state, upload), bytes, state.source,
    (answer) => responses().fetched(answer.text, state.source), resolve, reject);
  if (body === null) send("", undefined);
  else if (body.stream === undefined && body.remote === undefined) send("", bodyBytes(body));
  else streams().upload(streamOf(body), (id) => send(id, undefined), reject);
}

// requestText writes JSON by hand, of strings: stringifying an object would ask
// Object.prototype for toJSON.
function requestText(state, upload) {
  return `{"method":${jsonStringify(state.method)},"url":${jsonStringify(state.url)},` +
    `"redirect":${jsonStringify(state.redirect)},"upload":${jsonStringify(upload)},"headers":${pairsText(headersClass().pairs(state.headers))}}`;
}

// pairsText writes pairs of strings as a JSON list.
function pairsText(pairs) {
  let text = "";
  for (let i = 0; i < pairs.length; i++) {
    text += `${i === 0 ? "" : ","}[${jsonStringify(pairs[i][0])},${jsonStringify(pairs[i][1])}]`;
  }
  return `[${text}]`;
}
