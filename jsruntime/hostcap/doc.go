// Package hostcap declares what a host may give functions beside the Web's APIs:
// messages to others (ctx.nats), key-value buckets (ctx.kv) and calls of keyed functions
// (ctx.call). The runtime knows no transport; who has one implements Messenger, Buckets and
// Calls (bridge/hostnats), and cmd plugs it in. A runtime that is given none tells functions
// so.
//
// Permissions are not the host's business: the runtime asks function.Permissions before
// it calls. Nor are the bounds of one invocation (subrequests, deadline). What all
// invocations of a node use together is the host's to bound, by refusing with an *Error
// of kind Overloaded; it never has a function wait for room.
//
// Implementations are safe for concurrent use, return when ctx is done, and keep neither
// Data nor Header of what they were given after they have returned.
package hostcap
