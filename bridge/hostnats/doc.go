// Package hostnats gives functions NATS from inside: it implements jsruntime/hostcap's
// Messenger (ctx.nats) and Buckets (ctx.kv) on the node's connection.
//
//	host, err := hostnats.New(conn, hostnats.DefaultConfig())
//	defer host.Close() // before conn
//	err = host.Publish(ctx, caller, hostcap.Message{Subject: "orders.created", Data: data})
//
// What a function may use was asked before (function.Permissions); what it needs to hold
// its own is added here: each message carries the invocation that sent it, how many calls
// led there, the trace context, and an id by which a stream takes it once.
//
// # Bounds
//
// What is pending for all functions together is bounded, in number and in bytes: one more
// is refused at once, and never waits. So a function that waits for another one holds
// nothing that the other could need. A chain of calls is cut at Config.MaxHops.
//
// # When the invocation ends first
//
// A write (Publish, PublishAcked, Put, Create, Update, Delete) that was begun is done,
// whatever becomes of the invocation: it has a goroutine of its own, which the Host owns,
// and which ends within Config.Patience. A read is given up. Nothing is tried again: an
// error that says the connection was lost does not say whether the server had it.
//
// A Host is safe for concurrent use. Its goroutines end with Close, which waits for them.
package hostnats
