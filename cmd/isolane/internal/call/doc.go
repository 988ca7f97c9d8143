// Package call invokes a function over NATS, as any client may, and reads its
// reply: the outcome, the body, and what a failure says in headers and body.
//
//	reply, err := call.Do(ctx, conn, call.Request{Prefix: "fn", Function: "hello"})
//
// An outcome other than ok is a Reply, not an error; errors say that there was no
// reply. Nothing here is retried. It serves the command line, and knows neither
// flags nor how a reply is printed.
package call
