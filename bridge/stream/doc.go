// Package stream has functions run for the messages of JetStream streams, at least
// once each.
//
// A Trigger says which function listens to which stream. Triggers keeps a durable pull
// consumer for each, which all members of the cluster share: its name comes from the
// function's, so that every member that has the function finds the same one. It is
// made and brought up to date when a trigger is set. When a trigger is taken away the
// consumer stays, so that a function which comes back goes on where it was; it is
// deleted by hand.
//
//	triggers, err := stream.New(stream.DefaultConfig(), stream.Deps{Conn: conn, Dispatcher: d})
//	triggers.Set([]stream.Trigger{{Function: "pay", Stream: manifest.Stream.WithDefaults("pay")}})
//	...
//	err = triggers.Drain(ctx) // no more messages; what has begun ends
//
// A message passes these:
//
//	pull       asks for as many as there is room for: one request at a time, for what
//	           window and Dispatcher.Room leave, so that messages wait in the stream
//	receive    is it to be run? ackpolicy.Arrive; the order, where there is one
//	add        batcher: where the function takes batches, it waits for others
//	submit     Dispatcher.Submit
//	tend       tells the server at half of the ack wait that it still runs
//	settle     ackpolicy.Settle: ack, nak with a delay, or dead letter and then term
//
// # Room
//
// Dispatcher.Room is what the runtimes could hold. How much of it makes sense depends
// on the function: one that waits for a page can run by the hundred on one runtime, one
// that computes runs one at a time. So each trigger has a window, which grows while
// its messages start at once, and is halved when they queue. See window.go.
//
// # What does not count
//
// A delivery that ended overloaded, crashed or canceled says nothing about its message.
// That is noted in a key-value bucket (notes), which is looked at only before such a
// message would become a dead letter.
//
// # Batches
//
// A batch is one invocation; each of its messages is held, tended and settled by itself,
// by what the function said of it (function.Verdict) or else by the outcome of all. One that
// fails comes again in smaller batches, and alone in the end: ackpolicy.Policy.BatchSize.
//
// # Keyed functions
//
// A trigger that is Keyed runs in an order, and has a state for each key in a bucket, which is
// committed before the message is acknowledged: see keyed.go, and docs/keyed.md for why that
// holds. Each holding of its lease, an epoch, has a consumer of its own. Who holds it keeps the
// order (keyed), and hands each message in its turn to the member that runs its key (Turn,
// Spread), which has the key's record and commits (runner).
//
// # Threads
//
// Each trigger has two goroutines: one pulls, one tends. A batch that is not full is run by
// its timer. Messages are received in the
// goroutine of their NATS subscription, and settled in whichever calls done; what has
// to wait for the server then has a goroutine of its own, one for each such message.
// All methods are safe for concurrent use.
package stream
