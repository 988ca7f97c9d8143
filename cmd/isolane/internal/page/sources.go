package page

import (
	"context"
	"time"

	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/bridge/funclog"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/call"
)

// Sources are what the pages show. All are safe for concurrent use.
type Sources struct {
	Node, Version string
	Began         time.Time
	Members       func() admin.View
	// Runtimes asks all nodes, within ctx.
	Runtimes  func(ctx context.Context) []admin.Runtimes
	Functions func() []Function
	Broken    func() []admin.Broken
	NATS      func() NATS
	// Lines are the newest that a function printed, the oldest first.
	Lines func(function string, n int) []funclog.Line
	// Source is a file of a function's bundle.
	Source func(function, file string) (string, bool)
	// Send calls a function.
	Send func(ctx context.Context, req call.Request) (*call.Reply, error)
	// Reports is the folder of the experiments' reports; "" for none.
	Reports string
}

// Function is one that the node serves.
type Function struct {
	Name, Version, Isolation, Source string
	Since                            time.Time
	Outcomes                         map[string]uint64
	Latency                          latency.Counts
	Last                             Failure
	Versions                         []admin.Version
}

// Calls is how many answers there were, Errors how many of them were not ok.
func (f *Function) Calls() (calls, errors uint64) {
	for outcome, n := range f.Outcomes {
		calls += n
		if outcome != "ok" {
			errors += n
		}
	}
	return calls, errors
}

// Failure is an answer that was not ok; the zero value is none.
type Failure struct {
	Outcome, Message, Stack string
	// Seen is when it was found; it may have been up to ten seconds earlier.
	Seen time.Time
}

// NATS is the node's connection, and what it takes from streams.
type NATS struct {
	URL, Status, Server      string
	RoundTrip                time.Duration // negative where there is none
	Reconnects               uint64
	InMsgs, OutMsgs          uint64
	InBytes, OutBytes        uint64
	Received, Shed, Refused  uint64
	Pending                  int
	PendingBytes, MaxPayload int64
	Triggers                 []stream.Stats
}
