package records

import "time"

// Config says where records are.
type Config struct {
	// Bucket is made where there is none, with these bounds.
	Bucket string
	// TTL is how long a record stays, Bytes how large the bucket may be.
	TTL   time.Duration
	Bytes int64
}

// DefaultConfig is isolane-records, for 7 days and 256 MiB.
func DefaultConfig() Config {
	return Config{Bucket: "isolane-records", TTL: 7 * 24 * time.Hour, Bytes: 256 << 20}
}
