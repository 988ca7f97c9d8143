package funcstore

import "log/slog"

// Config says where deployed functions are kept.
type Config struct {
	// Bucket is the name of both the key-value bucket and the object store. Default
	// "isolane-functions".
	Bucket string
	// Replicas of both in a NATS cluster, where they are made here. Default 1; what is
	// there keeps what it has.
	Replicas int
	// Logger takes what goes wrong while following, and what could not be tidied up; nil
	// is silence.
	Logger *slog.Logger
}

// DefaultBucket is where functions are kept where nothing else is said.
const DefaultBucket = "isolane-functions"

// DefaultConfig is the store of a node that was told nothing.
func DefaultConfig() Config { return Config{Bucket: DefaultBucket, Replicas: 1} }
