// Package delayed keeps messages until it is time to publish them.
//
// Store.Put files a message for later in a stream of its own, as a schedule of the NATS
// server's ("Nats-Schedule: @at"), which puts it under another subject of that stream when
// it is due. From there a Relay publishes it to the subject that it is for: it is the
// Dispatcher of a trigger of package stream (Config.Trigger), which has it do so at least
// once, on any member, with further tries and dead letters.
//
//	store, err := delayed.New(conn, delayed.DefaultConfig())
//	ack, err := store.Put(ctx, msg, delayed.When{After: time.Hour})
//
// A schedule of the server's must lie in the stream that it fires into, and its subject must
// be its own. So it is not put into the stream that the message is for, where a consumer would
// take it for a message; and the message may be for any subject, with a stream or without.
//
// The subjects are, with a digest of the message's id:
//
//	isolane.delayed.at.<digest>   what waits; the server takes it away when it is due
//	isolane.delayed.due.<digest>  what is due, until it is published
//
// # Once
//
// The message id (Nats-Msg-Id) is the caller's. A message that is filed twice within
// Config.Duplicates is kept once, and one that still waits after that is replaced. It is
// published with that id, so that a stream takes it once within its own window.
//
// # Which clock
//
// That of the NATS server. What is to come after a while is counted from the server's time,
// as it was told lately, and what has passed since on this node's monotonic clock: wall clocks
// that are wrong, or jump, count for nothing.
//
// # Threads
//
// A Store has no goroutines; a Relay has one for each message that is being published.
// All methods are safe for concurrent use.
package delayed
