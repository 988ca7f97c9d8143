// Package remoting carries envelopes between the actor systems of a cluster's members,
// over the gRPC service of Proto.Actor's remote (remote.Remoting, its messages and its
// handshake).
//
// The service, the generated client and the generated server are Proto.Actor's. Its
// endpoint manager is not used, since each of these has no other remedy:
//
//   - Remote.Start panics where it cannot listen, and writes gRPC's global logger while
//     other goroutines read it: a data race whenever a process starts a second one,
//     which is what a member does after a fence.
//   - A message type that is not linked in, an index out of range, or a call of
//     ListProcesses ends the process; so does a Stop that a peer sends to any actor.
//   - A queue for each peer reserves 16 MB and is not bounded; a connect sleeps for two
//     seconds; what could not be sent is dropped in silence, so nobody can tell a call
//     that never left from one that may have run.
//   - The block list is read without its lock.
//
// Here a Remote listens once and lives as long as the member. Attach ties an actor system
// to it: messages that arrive go to that system's actors, and PIDs elsewhere resolve to
// it. Closing the Session lets the next one take its place under the same address.
//
//	r, err := remoting.Listen(cfg, log)
//	s := r.Attach(system, remoting.Events{Lost: ...})
//	err = s.Send(pid, self, envelope, func(err error) { ... })
//
// Only isolanev1.Envelope crosses; everything else is dropped, counted and logged. A
// Send ends in one of three ways: refused at once (TooLargeError, ErrQueueFull,
// ErrUnreachable, ErrClosed), reported later as surely not sent (ErrUnreachable) or as
// uncertain (ErrUncertain), or nothing: then it went out, and Events.Lost tells if the
// connection breaks. All methods are safe for concurrent use; callbacks come from the
// package's goroutines, outside every lock, and must not block.
package remoting
