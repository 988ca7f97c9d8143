package records

import "time"

// Config says where records are.
type Config struct {
	// Bucket is made where there is none, with these bounds.
	Bucket string
	// TTL is how long a record stays, Bytes how large the bucket may be.
	TTL   time.Duration
	Bytes int64
	// Waiting bounds the records that a Keeper has and has not stored, in bytes. Those of runs that
	// ended ok may take half of it.
	Waiting int64
	// Patience is how long a Keeper waits for the bucket to confirm one, which is asked again where
	// its answer may be lost.
	Patience time.Duration
}

// DefaultConfig is isolane-records, for 7 days and 256 MiB, of which 32 MiB may wait.
func DefaultConfig() Config {
	return Config{Bucket: "isolane-records", TTL: 7 * 24 * time.Hour, Bytes: 256 << 20, Waiting: 32 << 20, Patience: 30 * time.Second}
}
