// Package lease gives one holder at a time a key, by way of a small store with
// revisions: what fences a grain when the members of a cluster do not agree on who is
// there.
//
// A lease is a record that its holder rewrites every Config.Renew. Nobody compares
// clocks: a record is free when it is absent, or when its revision has not changed for
// TTL as the taker's own clock has it, counted from when the taker first saw it. The
// holder counts from when it began its last successful renewal, which is before anybody
// can have seen it, and stops Margin earlier than TTL. So at no moment do two leases on
// one key answer Held, as long as no two members' clocks differ in rate by more than
// Config.Drift allows; offsets, delays, lost answers, frozen processes and stale reads
// change nothing in that (the tests play them out).
//
//	Acquire        waits until the key is free, writes the record
//	Lease.Held     before each use; false from the deadline on, whatever the network does
//	Lease.Token    goes with each write, for whoever can refuse a smaller one
//	Lease.Lost     closed when it is lost or released; Err says which
//	Lease.Release  gives the key back, so that the next one need not wait for TTL
//
// Held is about the moment it is called. What a caller does after it may come later, if
// the process is frozen in between; and a virtual machine that is paused with its clock
// wakes up in its own past. Where that must do no harm, the thing written to compares
// tokens: each holder's is greater than that of the one before.
//
//	l, err := lease.Acquire(ctx, store, cfg, "cron.nightly")
//	...
//	if l.Held() { write(l.Token()) }
//	err = l.Release(ctx)
//
// Acquire and every method of a Lease are safe for concurrent use. A lease has one
// goroutine, which ends when the lease is lost or released; it costs the store one
// write for each Renew.
package lease
