package node

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/isolane/isolane/bridge/funclog"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/fleet"
	"github.com/isolane/isolane/cmd/isolane/internal/page"
)

const (
	// fresh is how long an answer of others is shown, however many look. What it cost is
	// spent a fifth of the time at most.
	fresh, spare = 2 * time.Second, 5
	// maxRemembered bounds of how many functions an answer is kept for that long.
	maxRemembered = 64
)

// remembered is one answer, asked for again when it is old. The zero value has none; it is
// safe for concurrent use.
type remembered[T any] struct {
	mu    sync.Mutex
	until time.Time // guarded by mu
	value T         // guarded by mu
}

// get returns the answer, which ask makes where there is none that is fresh. Who comes
// meanwhile waits for that, which patience bounds.
func (r *remembered[T]) get(ctx context.Context, patience time.Duration, ask func(context.Context) T) T {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := time.Now(); now.After(r.until) {
		// Not ended by who looks going away: the next one wants it.
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		r.value = ask(asking)
		r.until = time.Now().Add(max(fresh, spare*time.Since(now)))
	}
	return r.value
}

// seen is what the page remembers of others.
type seen struct {
	functions remembered[page.Cluster]
	backlogs  remembered[map[[2]string]stream.Backlog]
	roundTrip remembered[time.Duration]

	lines  perFunction[[]funclog.Line]
	recent perFunction[page.Recent]
}

// perFunction is an answer about each of some functions. The zero value has none; it is safe
// for concurrent use.
type perFunction[T any] struct {
	mu  sync.Mutex
	all map[string]*remembered[T] // guarded by mu
}

// of is where the answer about a function is remembered.
func (p *perFunction[T]) of(name string) *remembered[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.all[name]
	if r == nil {
		if len(p.all) >= maxRemembered || p.all == nil {
			p.all = map[string]*remembered[T]{} // all are asked for anew
		}
		r = &remembered[T]{}
		p.all[name] = r
	}
	return r
}

// everywhere is what all nodes serve; this one's without asking where it is alone.
func (n *Node) everywhere(ctx context.Context) page.Cluster {
	return n.seen.functions.get(ctx, membersPatience, func(ctx context.Context) page.Cluster {
		reports := []admin.Report{n.report()}
		if n.cluster != nil {
			all, err := admin.Ask[admin.Report](ctx, n.conn, admin.Functions, "", nil)
			if err == nil || errors.Is(err, admin.ErrAnswer) && len(all) > 0 {
				reports = all
			}
		}
		served := fleet.Functions(reports)
		c := page.Cluster{Functions: make([]page.Function, len(served)), Broken: fleet.NotServed(reports), Nodes: len(reports)}
		for i := range served {
			c.Functions[i] = page.Everywhere(&served[i])
		}
		return c
	})
}

// allLines are the newest that a function printed on all nodes, the oldest first.
func (n *Node) allLines(ctx context.Context, name string, most int) []funclog.Line {
	if n.cluster == nil {
		return n.lines.Recent(name, most)
	}
	return n.seen.lines.of(name).get(ctx, membersPatience, func(ctx context.Context) []funclog.Line {
		answers, err := admin.Ask[admin.Lines](ctx, n.conn, admin.LogsOf, "", admin.LinesWanted{Function: name, Lines: most})
		if err != nil && len(answers) == 0 {
			return n.lines.Recent(name, most)
		}
		var all []funclog.Line
		for _, a := range answers {
			all = append(all, a.Lines...)
		}
		slices.SortStableFunc(all, func(a, b funclog.Line) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Runtime, b.Runtime)) })
		return all[max(0, len(all)-most):]
	})
}

// roundTrip is how long the NATS server takes to answer; negative where it does not.
func (n *Node) roundTrip(ctx context.Context) time.Duration {
	return n.seen.roundTrip.get(ctx, membersPatience, func(ctx context.Context) time.Duration {
		began := time.Now()
		if !n.conn.IsConnected() || n.conn.FlushWithContext(ctx) != nil {
			return -1
		}
		return time.Since(began)
	})
}

// backlogs are what waits in the consumers of the node's triggers.
func (n *Node) backlogs(ctx context.Context) map[[2]string]stream.Backlog {
	n.triggering.Lock()
	triggers := n.triggers
	n.triggering.Unlock()
	if triggers == nil {
		return nil
	}
	return n.seen.backlogs.get(ctx, membersPatience, triggers.Backlogs)
}
