// Package kvstore keeps small values that the nodes of a cluster share, in a JetStream
// key-value bucket: the wished total of runtimes, and the leases of what may be active
// once. Every write carries the revision that it replaces, so that nobody overwrites what
// he has not seen.
//
//	bucket, err := kvstore.Open(ctx, conn, kvstore.DefaultConfig())
//	revision, err := bucket.Create(ctx, "leases.report", value)
//	revision, err = bucket.Update(ctx, "leases.report", value, revision)
//	totals := bucket.Follow(ctx, kvstore.RuntimesTotal)
//
// A Bucket is safe for concurrent use. What a key holds is its caller's business; who
// holds a lease is decided by cluster/lease.
package kvstore
