return {
  __proto__: null,
  // groups, by what install calls them
  consoleObject, domException, events, eventTarget, aborting, encoding, urls, searchParams, headersClass, requests, responses,
  cryptoObject, performanceObject, navigatorObject, wasm,
  // functions
  timerFunctions, base64Functions, cloneFunctions, fetchFunctions,
  // what the host uses
  newHeaders, newNats, newBucket, newAbortController, timeoutError, abortError, utf8Encode, utf8Decode, describeError, formatLog,
  isResponse, responseParts, bigintPath,
};
