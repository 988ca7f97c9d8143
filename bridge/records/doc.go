// Package records keeps the records of runs (package tape) in a key-value bucket, by what was run:
// the last run of each invocation. Records go after a week, and the bucket takes no more where it is
// full. What a record is of stands in a header of its, so that records are found, and listed, unread.
//
//	keeper := records.NewKeeper(store)
//	ticket := keeper.Keep(run, data, func(error) {})  // does not block
//	err := ticket.Wait(ctx)                           // for who cannot go on without
//	runs, _, err := store.Find(ctx, records.Query{Stream: "ORDERS", Sequence: 812})
//	data, err := store.Get(ctx, runs[0])
//
// A Store is safe for concurrent use, asks the server nothing before it is used, and needs no
// closing. A Keeper is safe for concurrent use, and has goroutines only while records wait; whoever
// makes it closes it.
package records
