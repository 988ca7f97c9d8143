// Package admin lets a node answer questions about itself over NATS, and asks
// them. It reads and never changes: what it tells, anybody who may use the
// subjects can read.
//
//	isolane.functions               every node answers
//	isolane.node.<NODE>.functions   the node of that name answers
//
// A request has no payload; an answer is a Report in JSON. A Responder runs on its
// subscriptions' own goroutines and is safe for concurrent use.
//
//	responder, err := admin.Answer(conn, "node-1", func() admin.Report { ... })
//	reports, err := admin.Ask(ctx, conn, "")
//
// Membership, metrics and health are not told here.
package admin
