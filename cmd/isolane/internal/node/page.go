package node

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/funclog"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/call"
	"github.com/isolane/isolane/cmd/isolane/internal/fleet"
	"github.com/isolane/isolane/cmd/isolane/internal/page"
	"github.com/isolane/isolane/cmd/isolane/internal/redact"
)

// membersPatience bounds how long the page waits for what other nodes say.
const membersPatience = time.Second

// startPage shows the node to people.
func (n *Node) startPage() {
	n.page = page.New(page.Sources{
		Node: n.cfg.Node.Name, Version: version(), Began: n.began, Reports: n.cfg.HTTP.Reports,
		Members: n.members, Runtimes: n.allRuntimes, Cluster: n.everywhere,
		Functions: func() []page.Function { return n.shownFunctions("") }, NATS: n.shownNATS, Recent: n.allRecent,
		Lines: func(name string, most int) []funclog.Line { return n.lines.Recent(name, most) }, AllLines: n.allLines,
		// What went into a bundle is the user's own, and stands in the folder anyway.
		Source: n.functions.listing.source,
		Send: func(ctx context.Context, req call.Request) (*call.Reply, error) {
			req.Prefix = n.cfg.NATS.Prefix
			return call.Do(ctx, n.conn, req)
		},
	})
	n.page.Routes(n.web.Handle)
}

// allRuntimes are those of all nodes that answer; this one's without asking.
func (n *Node) allRuntimes(ctx context.Context) []admin.Runtimes {
	mine := n.runtimes()
	if n.cluster == nil {
		return []admin.Runtimes{mine}
	}
	asking, cancel := context.WithTimeout(ctx, membersPatience)
	defer cancel()
	all, err := admin.Ask[admin.Runtimes](asking, n.conn, admin.RuntimesOf, "", nil)
	if err != nil && !errors.Is(err, admin.ErrAnswer) {
		return []admin.Runtimes{mine}
	}
	return all
}

// shownFunctions are the functions as the page has them, or the one of a name; none where there
// is none.
func (n *Node) shownFunctions(name string) []page.Function {
	// As in the log: no secrets, in whatever functions say.
	clean := redact.New(n.cfg.Secrets()).Text
	infos := n.pool.Functions()
	list := make([]page.Function, 0, len(infos))
	for i := range infos {
		fn := &infos[i]
		if name != "" && fn.Name != name {
			continue
		}
		source, _ := n.functions.listing.origin(fn.Name)
		shown := page.Function{
			Name: fn.Name, Version: fn.Version, Isolation: string(fn.Manifest.Isolation), Source: source,
			Since: fn.Since, Outcomes: inWords(fn.Outcomes), Last: shownFailure(fn.Last, clean),
		}
		if fn.Latency != nil {
			shown.Latency = *fn.Latency
		}
		for _, v := range versions(fn) {
			shown.Versions = append(shown.Versions, fleet.Version{Version: v.Version, Percent: v.Percent, Nodes: 1})
		}
		list = append(list, shown)
	}
	return list
}

// versions are those of a function, as it is told.
func versions(fn *actors.FunctionInfo) []admin.Version {
	all := make([]admin.Version, 0, len(fn.Versions))
	for _, v := range fn.Versions {
		all = append(all, admin.Version{Version: v.Version, Percent: v.Percent, Outcomes: inWords(v.Outcomes)})
	}
	return all
}

func shownFailure(f actors.Failure, clean func(string) string) page.Failure {
	if f.Outcome == 0 {
		return page.Failure{}
	}
	return page.Failure{Outcome: f.Outcome.String(), Message: clean(f.Message), Stack: clean(f.Stack)}
}

// shownNATS is the connection as the page has it.
func (n *Node) shownNATS(ctx context.Context) page.NATS {
	st, br := n.connection(), n.bridge.Stats()
	return page.NATS{
		URL: bridge.ShownURL(n.conn.ConnectedUrl()), Status: strings.ToLower(n.conn.Status().String()), Server: n.conn.ConnectedServerName(),
		Reconnects: st.Reconnects, InMsgs: st.InMsgs, OutMsgs: st.OutMsgs, InBytes: st.InBytes, OutBytes: st.OutBytes,
		Received: br.Received, Shed: br.Shed, Refused: br.Malformed + br.Unknown + br.Expired + br.Late,
		Pending: br.Pending, PendingBytes: br.PendingBytes, MaxPayload: n.conn.MaxPayload(), Triggers: n.triggerStats(),
		RoundTrip: n.roundTrip(ctx), Backlogs: n.backlogs(ctx),
	}
}
