return {
  __proto__: null, globalOf,
  // groups, by what install calls them
  consoleObject, domException, events, eventTarget, aborting, encoding, urls, searchParams, headersClass, requests, responses,
  cryptoObject, streams, files, eventsPart, performanceObject, navigatorObject, wasm,
  // functions
  timerFunctions, reportFunctions, base64Functions, cloneFunctions, fetchFunctions,
  // what the host uses
  newHeaders, newNats, newBucket, newCall, newAbortController, timeoutError, abortError, utf8Encode, utf8Decode, describeError, formatLog,
  globalEvents, rejectionTold, rejectionHeard,
  isResponse, responseParts, bigintPath,
};
