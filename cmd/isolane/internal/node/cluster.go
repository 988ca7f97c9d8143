package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/cluster"
	"github.com/isolane/isolane/cmd/isolane/internal/route"
	"github.com/isolane/isolane/cmd/isolane/internal/share"
)

// shrinkAfter is how long a smaller share of the total must stand before runtimes are
// drained: longer than a member needs to come back from a restart.
const shrinkAfter = 3 * time.Second

// openBucket opens what the members share. Where NATS has no JetStream the node goes on
// without: there is no wished total then, and dedicated functions are those of each node.
func (n *Node) openBucket(ctx context.Context) error {
	if !n.cfg.Clustered() {
		return nil
	}
	n.router = route.New(route.Config{RetryAfter: time.Second, Logger: n.log, Tracer: n.tracing.Tracer()})
	opening, cancel := context.WithTimeout(ctx, flushPatience)
	defer cancel()
	cfg := kvstore.DefaultConfig()
	cfg.Logger = n.log
	bucket, err := kvstore.Open(opening, n.conn, cfg)
	switch {
	case errors.Is(err, kvstore.ErrNoJetStream):
		n.log.Warn("NATS has no JetStream: the cluster has no wished total of runtimes, and each node has its own isolate of a dedicated function; start the server with -js", slog.Any("error", err))
	case err != nil:
		return fmt.Errorf("open what the members share: %w", err)
	default:
		n.bucket = bucket
	}
	return nil
}

// poolConfig adds to the pool's configuration what a member of a cluster needs.
func (n *Node) poolConfig(cfg *actors.Config) {
	if n.router == nil {
		return
	}
	cfg.Overflow = n.router.Overflow
	cfg.SpillAt = n.cfg.Cluster.SpillAt
	if n.bucket != nil {
		cfg.Dedicated = actors.DedicatedAsked
		cfg.Elsewhere = n.router.Elsewhere
	}
}

// startCluster makes the node a member; the pool takes what peers hand on from here.
func (n *Node) startCluster(ctx context.Context) error {
	if !n.cfg.Clustered() {
		return nil
	}
	n.stage(stageCluster)
	cfg, err := n.cfg.ClusterConfig()
	if err != nil {
		return err
	}
	deps := cluster.Deps{
		Logger: n.log, Version: version(), Weight: n.weight(),
		Handlers: map[string]cluster.Handler{route.Invoke: n.router.Serve, route.Turn: n.router.ServeTurn},
	}
	if n.bucket != nil {
		deps.Store = leases{n.bucket}
		deps.Grains = []cluster.GrainKind{{
			Name: route.Dedicated,
			New:  func(name string) cluster.Grain { return &dedicated{node: n, name: name} },
		}}
	}
	// What a peer hands on may come before Start has returned.
	n.router.Bind(n.pool, lazily{n})
	if n.cluster, err = cluster.Start(ctx, cfg, deps); err != nil {
		return fmt.Errorf("become a member of the cluster: %w%s", err, whatToDo(err))
	}
	n.peers.Store(n.cluster)
	n.log.Info("member of the cluster", slog.String("remote", n.cluster.Remote()), slog.String("gossip", n.cluster.Gossip().Addr()))
	n.assignDedicated()
	n.startShares(ctx)
	n.startLoad()
	return nil
}

// whatToDo says how to mend a start that failed for what the machine has, or has not.
func whatToDo(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "; another process has that port, perhaps a node that runs already: end it, or choose another port with --gossip or --remote"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "; that is no address of this machine: listen on 0.0.0.0, and say with cluster.advertise and cluster.remoteAdvertise where others reach it"
	case errors.Is(err, syscall.EACCES):
		return "; ports under 1024 need a privilege: choose another with --gossip or --remote"
	}
	return ""
}

// startShares keeps the number of runtimes at the node's share of the wished total.
func (n *Node) startShares(ctx context.Context) {
	if n.bucket == nil {
		return
	}
	following, cancel := context.WithCancel(context.WithoutCancel(ctx))
	n.unfollow = cancel
	n.shares = share.Start(share.Config{ //nolint:contextcheck // it outlives the start, and ends with Close
		Node: n.cfg.Node.Name, Default: n.cfg.RuntimeCount(), Max: n.cfg.Runtimes.Max, ShrinkAfter: shrinkAfter,
	}, share.Deps{
		Membership: n.cluster, Totals: n.bucket.Follow(following, kvstore.RuntimesTotal),
		Resize: n.pool.Resize, Logger: n.log,
	})
}

// weight is the node's part of the runtimes.
func (n *Node) weight() uint32 {
	if n.cfg.Cluster.Weight > 0 {
		return uint32(n.cfg.Cluster.Weight) //nolint:gosec // validated
	}
	return uint32(runtime.GOMAXPROCS(0)) //nolint:gosec // a count of processors
}

// version is what the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return info.Main.Version
}

// leave takes the node out of the cluster: no new work from others, what they handed on
// finishes, grains move; then the gossip says that it has left. It comes before the
// bridge drains, so that others get what the node would have taken.
func (n *Node) leave(ctx context.Context) error {
	if n.cluster == nil {
		return nil
	}
	return n.cluster.Drain(ctx)
}

// stopCluster ends the node's membership, once nothing is on its way to or from it.
func (n *Node) stopCluster(ctx context.Context) error {
	if n.sizer != nil {
		n.sizer.Close()
	}
	if n.shares != nil {
		n.unfollow()
		n.shares.Close()
	}
	if n.router != nil {
		n.router.Close()
	}
	if n.cluster == nil {
		return nil
	}
	return n.cluster.Stop(ctx)
}
