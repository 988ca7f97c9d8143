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
  const signal = state.source;
  if (signal !== null && isAborted(signal)) {
    reject(abortReason(signal));
    return;
  }
  let forget = undefined;
  let over = false;
  const id = hostStart("fetch", requestText(state), body === null ? undefined : bodyBytes(body), (answer) => {
    if (over) return;
    over = true;
    if (forget !== undefined) forget();
    try {
      resolve(responses().fetched(answer.text, answer.bytes));
    } catch (e) {
      reject(e);
    }
  }, (e) => {
    if (over) return;
    over = true;
    if (forget !== undefined) forget();
    reject(hostError(e.name, e.message));
  });
  if (signal !== null) {
    forget = onAbort(signal, () => {
      if (over) return;
      over = true;
      host.cancel(id);
      reject(abortReason(signal));
    });
  }
}

// requestText writes JSON by hand, of strings: stringifying an object would ask
// Object.prototype for toJSON.
function requestText(state) {
  const pairs = headersClass().pairs(state.headers);
  let headers = "";
  for (let i = 0; i < pairs.length; i++) {
    headers += `${i === 0 ? "" : ","}[${jsonStringify(pairs[i][0])},${jsonStringify(pairs[i][1])}]`;
  }
  return `{"method":${jsonStringify(state.method)},"url":${jsonStringify(state.url)},` +
    `"redirect":${jsonStringify(state.redirect)},"headers":[${headers}]}`;
}
