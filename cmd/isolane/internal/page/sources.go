package page

import (
	"context"
	"time"

	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/bridge/funclog"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/call"
	"github.com/isolane/isolane/cmd/isolane/internal/fleet"
)

// Sources are what the pages show. All are safe for concurrent use.
type Sources struct {
	Node, Version string
	Began         time.Time
	Members       func() admin.View
	// Runtimes asks all nodes, within ctx.
	Runtimes func(ctx context.Context) []admin.Runtimes
	// Functions are those of this node, Cluster is what all nodes serve, asked within ctx.
	Functions func() []Function
	Cluster   func(ctx context.Context) Cluster
	// Recent is what was seen of a function lately on all nodes, asked within ctx.
	Recent func(ctx context.Context, function string) Recent
	NATS   func(ctx context.Context) NATS
	// Lines are the newest that a function printed here, the oldest first; AllLines those that
	// it printed on all nodes, asked within ctx.
	Lines    func(function string, n int) []funclog.Line
	AllLines func(ctx context.Context, function string, n int) []funclog.Line
	// Source is a file of a function's bundle.
	Source func(function, file string) (string, bool)
	// Send calls a function.
	Send func(ctx context.Context, req call.Request) (*call.Reply, error)
	// Reports is the folder of the experiments' reports; "" for none.
	Reports string
}

// Cluster is what all nodes that answer serve.
type Cluster struct {
	Functions []Function
	Broken    []fleet.Broken
	// Nodes is how many answered.
	Nodes int
}

// Function is one that nodes serve.
type Function struct {
	Name, Version, Isolation, Source string
	Since                            time.Time
	Outcomes                         map[string]uint64
	Latency                          latency.Counts
	Last                             Failure
	Versions                         []fleet.Version
	// Nodes are what each node has of it.
	Nodes []fleet.Part
}

// Everywhere is a function of the cluster as the pages have it.
func Everywhere(fn *fleet.Function) Function {
	f := Function{
		Name: fn.Name, Isolation: fn.Isolation, Source: fn.Source, Since: fn.Since, Outcomes: fn.Outcomes,
		Latency: fn.Latency, Versions: fn.Versions, Nodes: fn.Nodes,
	}
	if len(fn.Versions) > 0 {
		f.Version = fn.Versions[0].Version
	}
	return f
}

// Calls is how many answers there were, Errors how many of them were not ok.
func (f *Function) Calls() (calls, errors uint64) {
	return fleet.Calls(f.Outcomes)
}

// Failure is an answer that was not ok; the zero value is none.
type Failure struct {
	Outcome, Message, Stack string
	// Seen is when it was found; it may have been up to ten seconds earlier.
	Seen time.Time
	// Nodes are those that had it.
	Nodes []string
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
	// Backlogs are what waits in the consumers of Triggers, by stream and consumer; one that
	// the server was not asked for, or did not tell of, is missing.
	Backlogs map[[2]string]stream.Backlog
}
