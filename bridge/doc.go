// Package bridge joins NATS and the functions of a node: messages in, invocations
// handed to a Dispatcher, replies out. It also runs the embedded server
// (StartServer) and makes connections (Connect). It knows no engine and no
// cluster, and does none of the functions' work.
//
// One queue subscription on "fn.>" serves every function, however many there are;
// package subject has the grammar. A message passes these, in this order:
//
//	receive      read, admit, Dispatcher.Submit; or an answer at once
//	finish       the first result for a message is its outcome, later ones are dropped
//	makeReply    Result to headers and body, within the server's max payload
//	publish      one publish for each reply
//
// Every message gets one outcome: that of its function, or overloaded (over
// Config.MaxPending or MaxPendingBytes), bad-request, not-found, timeout (expired
// before it was taken), crashed (a panic of ours), or canceled (a drain that ran
// out of time).
//
//	conn, err := bridge.Connect(ctx, bridge.DefaultConnectConfig(), logger)
//	b, err := bridge.Start(ctx, bridge.DefaultConfig(), bridge.Deps{
//		System: system, Conn: conn, Dispatcher: dispatcher, Logger: logger,
//	}) // the server knows the subscription now
//	...
//	err = b.Drain(ctx) // then conn.Close(), then Server.Shutdown
//
// # Threads
//
// The bridge is a Proto.Actor actor, which owns the subscription: it opens it,
// opens another where one ends unasked, drains it, follows the connection, and
// reports each interval on what was not handled. Restarts keep the subscription.
//
// Messages do not pass its mailbox: receive runs in the subscription's goroutine
// and finish in whichever calls done. Admission has to come before any queue, or
// the mailbox would be one without a bound. And the hop costs. BenchmarkEcho and
// BenchmarkTake, medians of 8 rounds, 2 cores shared with other work, CPU for one
// call; whole echo is client, server and responder, own part is the bridge alone:
//
//	                        plain nats.go   callback    mailbox
//	whole echo, 1 caller    103 us          108 us      130 us
//	whole echo, 16 callers  32.5 us         33.2 us     34.0 us
//	whole echo, 128         21.6 us         24.0 us     24.0 us
//	own part                                0.99 us     1.17 us
//
// Under load the hop is lost in the noise; with few callers each message wakes
// one goroutine more, a fifth of the whole echo. The same run shows that a pipe
// to the embedded server (ConnectConfig.InProcess) saves a fifth for one caller
// and costs a quarter more CPU than TCP from 16 on: net.Pipe has no buffer.
package bridge
