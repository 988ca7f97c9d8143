package node

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/cmd/isolane/internal/page"
)

// startHistory begins to keep what is seen of functions, where a page shows it: this node's, or
// another member's.
func (n *Node) startHistory(context.Context) error {
	if n.cluster != nil || n.cfg.HTTP.Listen != config.HTTPOff {
		n.history = page.Keep(func() []page.Function { return n.shownFunctions("") })
	}
	return nil
}

// recent is what was seen of a function here.
func (n *Node) recent(wanted admin.RecentWanted) admin.Recent {
	if n.history == nil {
		return admin.Recent{Node: n.cfg.Node.Name}
	}
	now := time.Now()
	columns, failures := n.history.Of(wanted.Function, n.shownFunctions(wanted.Function), now)
	return page.Tell(n.cfg.Node.Name, &columns, failures, now)
}

// allRecent is what was seen of a function on all members, of which those are named that do not
// answer.
func (n *Node) allRecent(ctx context.Context, name string) page.Recent {
	wanted := admin.RecentWanted{Function: name}
	if n.cluster == nil {
		return page.Together([]admin.Recent{n.recent(wanted)}, nil, time.Now())
	}
	return n.seen.recent.of(name).get(ctx, membersPatience, func(ctx context.Context) page.Recent {
		told, err := admin.Ask[admin.Recent](ctx, n.conn, admin.RecentOf, "", wanted)
		if err != nil && !errors.Is(err, admin.ErrAnswer) {
			n.log.Debug("nobody tells of a function", slog.String("function", name), slog.Any("error", err))
			told = []admin.Recent{n.recent(wanted)}
		}
		var expected []string
		for _, m := range n.cluster.Members() {
			if !m.Info.Client && m.State != gossip.StateLeft {
				expected = append(expected, m.Name)
			}
		}
		return page.Together(told, expected, time.Now())
	})
}
