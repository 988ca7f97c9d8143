package service

import (
	"log/slog"
	"time"
)

// Name is the service's name.
const Name = "isolane"

// Keys of the metadata.
const (
	// MetaNode is the node's name.
	MetaNode = "node"
	// MetaBuild is the node's version as it is told elsewhere.
	MetaBuild = "build"
	// MetaOmitted says what is missing from an answer that would be over the server's max
	// payload; absent where nothing is.
	MetaOmitted = "omitted"
	// MetaVersion, MetaIsolation and MetaSource are of an endpoint: the function's version,
	// its isolation, and where it comes from.
	MetaVersion   = "version"
	MetaIsolation = "isolation"
	MetaSource    = "source"
)

// Config says who answers, and with what.
type Config struct {
	// Node is the node's name, Version what it was built from; any text will do.
	Node, Version string
	// Prefix and Queue are the bridge's: functions are called on "<Prefix>.<name>".
	Prefix, Queue string
	// Started is when the node began.
	Started time.Time
	// Functions are those that are deployed now, sorted by name. It is called from other
	// goroutines, and not blocked on.
	Functions func() []Function
	// Logger takes what somebody should do something about; nil is silence.
	Logger *slog.Logger
}

// Function is one function, and what came of its calls since the node began.
type Function struct {
	Name, Version, Isolation, Source string
	// Since is when this version was deployed.
	Since time.Time
	// Outcomes counts the answers by their word; "ok" is the one that is no error.
	Outcomes map[string]uint64
	// Spent sums the time that calls ran.
	Spent time.Duration
	// LastError is "<code>:<message>" of the last answer that was an error, or "".
	LastError string
	// Triggers are what the node takes from streams for it.
	Triggers []Trigger
}

// Trigger is one consumer on a stream, with this node's part of what came of it.
type Trigger struct {
	// Kind is stream or schedule.
	Kind     string `json:"kind"`
	Stream   string `json:"stream"`
	Consumer string `json:"consumer"`
	// Fault is why it is not served now, "" where it is.
	Fault string `json:"fault,omitempty"`
	// Held is how many messages the node has now.
	Held        int    `json:"held"`
	Deliveries  uint64 `json:"deliveries"`
	Redelivered uint64 `json:"redeliveries"`
	Batches     uint64 `json:"batches"`
	Naks        uint64 `json:"naks"`
	DeadLetters uint64 `json:"dead_letters"`
}
