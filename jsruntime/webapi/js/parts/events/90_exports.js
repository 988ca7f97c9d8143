return { __proto__: null, ErrorEvent, PromiseRejectionEvent, MessageEvent, MessageChannel, MessagePort, newError, newRejection };
