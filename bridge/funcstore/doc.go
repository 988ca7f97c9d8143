// Package funcstore keeps deployed functions in NATS: what a function is, and which
// versions of it there were, as a record in a key-value bucket; the scripts as objects in
// an object store. It knows no script and no manifest: both are bytes here.
//
//	store, err := funcstore.Open(ctx, conn, funcstore.DefaultConfig())
//	record, err := store.Get(ctx, "hello")             // or an empty one
//	version, err := store.Put(ctx, "hello", "1f3a…", packed)
//	next, err := record.Deploy(version, 0, stamp)      // pure: nothing is written
//	record, err = store.Commit(ctx, record, next)      // one write, with the revision
//	for change := range store.Follow(ctx) { ... }
//
// # What makes a deploy atomic
//
// The object is there before the record names it, and the record is written with the
// revision that it replaces: one write decides, and of two at the same time one gets a
// *ConflictError. No name of an object is ever used twice, so what nobody names can be
// collected without asking who is about to.
//
// # Layout
//
//	bucket  key functions.NAME   Record, as JSON; Format says how it is to be read
//	object  NAME/VERSION/NONCE   what Put was given; length and SHA-256 stand in the record
//
// A record of a newer format is refused with a *FormatError, by readers and writers:
// who does not know what it says must not change it.
//
// Record and its changes are pure; a Store is safe for concurrent use.
package funcstore
