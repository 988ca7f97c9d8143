package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// The states of a function on a node, as somebody who waits for it sees them.
const (
	stateServing    = "serving"
	stateSuperseded = "superseded" // a later change is served already
	stateRefused    = "refused"
	stateWaiting    = "waiting"
	stateSilent     = "silent" // the node is a member and does not answer
)

// nodeState is what one node makes of a function that was deployed.
type nodeState struct {
	Node     string `json:"node"`
	State    string `json:"state"`
	Version  string `json:"version,omitempty"`
	Revision uint64 `json:"revision,omitempty"`
	Error    string `json:"error,omitempty"`
}

func (s nodeState) settled() bool { return s.State != stateWaiting && s.State != stateSilent }

func (s nodeState) good() bool { return s.State == stateServing || s.State == stateSuperseded }

// defaultWait is how long --wait waits.
const defaultWait = time.Minute

// errNotServed says that not every node serves what was deployed.
var errNotServed = errors.New("not every node serves what was deployed: it stays deployed, and nodes that wait take it when they can; isolane functions rollback goes back")

// awaitNodes waits until every node serves what was deployed, or refused it, and notes in
// results what each does.
func awaitNodes(ctx context.Context, std streams, conn *nats.Conn, f deployFlags, results []deployed) error {
	waiting, cancel := context.WithTimeout(ctx, f.waitTime)
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	nobody := time.Now().Add(noNodePatience)
	var asked error
	for over := false; !over; {
		var settled bool
		settled, asked = askStates(waiting, conn, results)
		if settled || errors.Is(asked, admin.ErrNoNode) && time.Now().After(nobody) {
			break
		}
		select {
		case <-waiting.Done():
			over = true
		case <-ticker.C:
		}
	}
	bad, answered := false, false
	for i := range results {
		for _, n := range results[i].Nodes {
			answered = true
			bad = bad || !n.good()
		}
		if !f.json {
			printStates(std, results[i])
		}
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case !answered && asked != nil:
		return fmt.Errorf("%w: it stays deployed, and nodes take it when they start", asked)
	case bad:
		return errNotServed
	}
	return nil
}

// noNodePatience is how long the first node may take to answer: it may be reconnecting.
const noNodePatience = 5 * time.Second

// askStates asks once, and reports whether every node has settled.
func askStates(ctx context.Context, conn *nats.Conn, results []deployed) (bool, error) {
	reports, err := admin.Ask[admin.Report](ctx, conn, admin.Functions, "", nil)
	if len(reports) == 0 {
		return false, err
	}
	views, _ := admin.Ask[admin.View](ctx, conn, admin.Members, "", nil)
	settled := true
	for i := range results {
		r := &results[i]
		if r.err != nil {
			continue
		}
		byNode := map[string]nodeState{}
		for _, name := range expected(views) {
			byNode[name] = nodeState{Node: name, State: stateSilent}
		}
		for _, report := range reports {
			byNode[report.Node] = stateOf(report, r.Name, r.Revision)
		}
		r.Nodes = slices.SortedFunc(maps.Values(byNode), func(a, b nodeState) int { return cmp.Compare(a.Node, b.Node) })
		for _, n := range r.Nodes {
			settled = settled && n.settled()
		}
	}
	return settled, nil
}

// expected are the members that take work, as any of them sees it.
func expected(views []admin.View) []string {
	var names []string
	for _, v := range views {
		for _, m := range v.Members {
			if m.State == "alive" && !m.Draining && !m.Client {
				names = append(names, m.Name)
			}
		}
	}
	return names
}

// stateOf is what a node says of the function that was deployed with this revision.
func stateOf(report admin.Report, name string, revision uint64) nodeState {
	s := nodeState{Node: report.Node, State: stateWaiting}
	for _, fn := range report.Functions {
		if fn.Name != name {
			continue
		}
		s.Version, s.Revision = fn.Version, fn.Revision
		switch {
		case fn.Revision == revision:
			s.State = stateServing
		case fn.Revision > revision:
			s.State = stateSuperseded
		}
	}
	for _, b := range report.Broken {
		if b.Name == name && b.Revision == revision {
			s.State, s.Error = stateRefused, b.Error
		}
	}
	return s
}

// printStates says what each node does with a function.
func printStates(std streams, r deployed) {
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, n := range r.Nodes {
		_, _ = fmt.Fprintf(table, "  %s\t%s\t%s\n", n.Node, n.State, n.Version)
	}
	_ = table.Flush()
	for _, n := range r.Nodes {
		if n.Error != "" {
			_, _ = fmt.Fprintf(std.err, "%s does not serve %s %s: %s\n", n.Node, r.Name, r.Version, strings.ReplaceAll(n.Error, "\n", "\n  "))
		}
	}
}
