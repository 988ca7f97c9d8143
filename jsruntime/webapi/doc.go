// Package webapi is what functions see of the Web's APIs: JavaScript that is
// evaluated once in each context, and the Go behind it.
//
// Script returns one script made of the files in js, in the order of their names
// and inside one closure, so that each sees what the earlier ones declare. Those in
// js/web are a script of their own, the part "web", which runs when something of theirs is
// first asked for, and is given what it mentions of the first script's declarations: a
// context that needs none has none of their closures, and an isolate none of their source.
// The script's completion
// value is a function (host, global) that installs the globals and returns the functions
// that the runtime's own JavaScript uses (replyParts, and through web() newHeaders,
// describeError and others; see js/web/90_exports.js). host is the border
// that the runtime provides: call, bytes, start, cancel, log, now, timeOrigin, part,
// touchWasm and reportUnhandled. No object that a function can reach leads to it.
//
// The JavaScript uses nothing that a function could have replaced: the built-ins
// that it needs are captured before any function's code runs. Most globals are
// accessors until they are first touched, so that a context costs little.
//
// API is the Go behind one version of a function: Call answers at once and does no
// IO, Start runs an operation in goroutines of its own. Both are safe for concurrent
// use. HTTP is shared by all APIs of a process, and is closed last.
//
//	shared, err := webapi.NewHTTP(webapi.DefaultHTTPConfig())
//	api := webapi.New(webapi.Config{Permissions: manifest.Permissions, HTTP: shared})
//	text, bytes, err := api.Call("url.parse", "\nhttp://example.com", nil)
//	api.Start(ctx, caller, "fetch", request, body, done)
//
// # Connections and permissions
//
// fetch asks function.Permissions twice: by name before each request and each hop of
// a redirect, and by address in the dialer, between resolving and connecting. A
// pooled connection passed the second question under the grants of whoever made it.
// So pools are kept by the list of grants: functions share connections where their
// permissions.net are the same, and the answer to both questions with it. A function
// with a grant for the same name, but none for the address behind it, dials for
// itself, and is refused.
//
// The package knows no engine, no actor and no NATS.
package webapi
