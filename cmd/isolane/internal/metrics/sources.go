package metrics

import (
	"time"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/hostnats"
	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/bridge/schedule"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cluster"
	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cmd/isolane/internal/route"
	"github.com/isolane/isolane/cmd/isolane/internal/tracing"
)

// Sources are what is asked at each scrape. All are safe for concurrent use.
type Sources struct {
	// Version is what the binary was built from.
	Version   string
	Pool      func() actors.Stats
	Functions func() []actors.FunctionInfo
	// Broken is how many functions cannot be served as they are now.
	Broken func() int
	// Wanted is how many shared runtimes there are to be.
	Wanted   func() int
	Bridge   func() bridge.Stats
	Triggers func() []stream.Stats
	// Schedules are the due times, Host is what functions sent.
	Schedules func() schedule.Stats
	Host      func() hostnats.Stats
	// KeyCalls is how long functions' calls of keys took.
	KeyCalls func() latency.Counts
	// Buckets are those of the nodes that are there, by what they are: shared, functions.
	Buckets func() map[string]kvstore.Stats
	// NATS is the connection.
	NATS func() Connection
	// NotPublished counts the lines of console output that were not.
	NotPublished func() uint64
	// Tracing counts spans.
	Tracing func() tracing.Stats
	// Ready reports whether the node serves.
	Ready func() bool
	// MemoryLimit is how much memory the process may use, in bytes; 0 where that is not known.
	MemoryLimit func() uint64
	// Router, Cluster and Members are nil on a node alone.
	Router  func() route.Stats
	Cluster func() cluster.Stats
	Members func() []gossip.Member
}

// Connection is how the connection to NATS is.
type Connection struct {
	Connected bool
	// Reconnects counts, the bytes and messages too, in and out.
	Reconnects, InBytes, OutBytes, InMsgs, OutMsgs uint64
}

// Config says how much is shown.
type Config struct {
	// Functions is how many functions have series of their own; 0 is none.
	Functions int
	// Patience bounds how long a scrape may take.
	Patience time.Duration
}

// DefaultConfig is the one of a node that was told nothing.
func DefaultConfig() Config { return Config{Functions: 50, Patience: 10 * time.Second} }
