// Package web is a node's HTTP server: who may see what, health, profiles, and whatever else
// it is given.
//
//	s, err := web.Start(ctx, web.Config{Listen: "127.0.0.1:8484"}, web.Handlers{Health: health}, log)
//	s.Handle("GET /metrics", metrics)
//	fmt.Println(s.URL())
//	err = s.Close(ctx)
//
// Who may see: everybody /livez and /readyz. The rest, without a token and without an
// authority for certificates, whoever comes from this machine and asks for it by a loopback
// name, so that a page of somebody else in a browser here cannot (DNS rebinding); else who
// shows a certificate of the authority, sends the token (Authorization: Bearer), or has
// given it once to the form at /login, which sets a cookie. A request that changes something
// must come from a page of this server (http.CrossOriginProtection).
//
// A Server is safe for concurrent use. Not for: what stands on the pages (package page), what
// is counted (package metrics).
package web
