package node

import (
	"context"
	"log/slog"
	"slices"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/delayed"
	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/bridge/schedule"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/cmd/isolane/internal/doctor"
	"github.com/isolane/isolane/cmd/isolane/internal/metrics"
	"github.com/isolane/isolane/cmd/isolane/internal/web"
)

// The stages of a node, as /readyz tells of them.
const (
	stageBegin     = "the node starts"
	stageConnect   = "the node starts: it connects to NATS"
	stageRuntimes  = "the node starts: it makes its runtimes"
	stageFunctions = "the node starts: it loads its functions"
	stageCluster   = "the node starts: it becomes a member of the cluster"
	stageSubscribe = "the node starts: it subscribes"
	stageServing   = ""
	stageDraining  = "the node drains"
)

// stage says how far the node is.
func (n *Node) stage(now string) { n.at.Store(&now) }

// startHTTP begins to answer probes, while all the rest is not there yet.
func (n *Node) startHTTP(ctx context.Context) error {
	n.stage(stageBegin)
	c := n.cfg.HTTP
	if c.Listen == config.HTTPOff {
		return nil
	}
	cfg := web.Config{Listen: c.Listen, Token: c.Token, Cert: c.TLS.Cert, Key: c.TLS.Key, CA: c.TLS.CA}
	if cfg.Listen == "" {
		cfg.Listen, cfg.Elsewhere = config.DefaultHTTP, true
	}
	var err error
	n.web, err = web.Start(ctx, cfg, web.Handlers{Health: n.notReady}, n.log)
	return err
}

// notReady says why the node does not serve; nothing where it does.
func (n *Node) notReady() []string {
	switch at := *n.at.Load(); at {
	case stageServing:
		return n.health().NotReady // all parts are there
	case stageDraining:
		return []string{at}
	default:
		return []string{at}
	}
}

// startShowing adds what tells of the parts, which are all there now.
func (n *Node) startShowing(context.Context) error {
	n.stage(stageServing)
	if n.web == nil {
		return nil
	}
	src := metrics.Sources{
		Version: version(), Pool: n.pool.Stats, Functions: n.pool.Functions,
		Broken: func() int { return len(n.functions.listing.brokenNow()) },
		Wanted: n.wanted, Bridge: n.bridge.Stats, Triggers: n.triggerStats, NATS: n.connection,
		Schedules: n.scheduleStats, Host: n.host.Stats, KeyCalls: n.keyCalls.Counts, Buckets: n.bucketStats, Tracing: n.tracing.Stats,
		MemoryLimit:  memoryLimit,
		NotPublished: n.lines.Dropped, Ready: func() bool { return len(n.notReady()) == 0 },
	}
	if n.router != nil {
		src.Router = n.router.Stats
	}
	if n.cluster != nil {
		src.Cluster, src.Members = n.cluster.Stats, func() []gossip.Member { return n.cluster.Members() }
	}
	cfg := metrics.DefaultConfig()
	cfg.Functions = n.cfg.HTTP.Functions
	shown, err := metrics.Handler(src, cfg, n.log)
	if err != nil {
		return err
	}
	n.web.Handle("GET /metrics", shown)
	n.startPage() //nolint:contextcheck // a view gets its context when it is rendered
	n.log.Info("the node shows itself", slog.String("page", n.web.URL()))
	return nil
}

// memoryLimit is how much memory the process may use; 0 where the system does not tell.
func memoryLimit() uint64 {
	limit, err := doctor.ThisSystem().Memory()
	if err != nil {
		return 0
	}
	return limit
}

// wanted is how many shared runtimes there are to be.
func (n *Node) wanted() int {
	if n.shares != nil {
		return n.shares.Wanted()
	}
	wanted, _ := n.sizer.Wanted()
	return wanted
}

// triggerStats are those of the streams' triggers, and of what publishes delayed messages.
func (n *Node) triggerStats() []stream.Stats {
	n.triggering.Lock()
	triggers, later := n.triggers, n.later
	n.triggering.Unlock()
	if triggers == nil {
		return nil
	}
	all := triggers.Stats()
	for _, st := range later.triggers.Stats() {
		st.Kind = delayed.Kind
		all = append(all, st)
	}
	return slices.Clip(all)
}

// bucketStats are those of the buckets that the node has.
func (n *Node) bucketStats() map[string]kvstore.Stats {
	all := map[string]kvstore.Stats{}
	if n.bucket != nil {
		all["shared"] = n.bucket.Stats()
	}
	if n.store != nil {
		all["functions"] = n.store.Stats()
	}
	return all
}

// scheduleStats are those of the functions' schedules.
func (n *Node) scheduleStats() schedule.Stats {
	n.triggering.Lock()
	schedules := n.schedules
	n.triggering.Unlock()
	if schedules == nil {
		return schedule.Stats{}
	}
	return schedules.Stats()
}

// connection is how the connection to NATS is.
func (n *Node) connection() metrics.Connection {
	st := n.conn.Stats()
	return metrics.Connection{
		Connected: n.conn.Status() == nats.CONNECTED, Reconnects: st.Reconnects,
		InBytes: st.InBytes, OutBytes: st.OutBytes, InMsgs: st.InMsgs, OutMsgs: st.OutMsgs,
	}
}
