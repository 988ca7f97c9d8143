package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/cluster/remoting"
)

// Deps are what a Cluster is given.
type Deps struct {
	Logger *slog.Logger // nil: discarded
	// Clock measures leases; nil: the system's.
	Clock lease.Clock
	// Store keeps the leases of grains. nil: there are none, unless Config.Unfenced.
	Store lease.Store
	// Handlers are there before the first call can come; see Cluster.Handle.
	Handlers map[string]Handler
	// Grains are the kinds this member can be asked to run. None in client mode.
	Grains []GrainKind
	// Version and Weight are gossiped; Weight 0: GOMAXPROCS.
	Version string
	Weight  uint32
}

// membership is what is needed of *gossip.Gossip.
type membership interface {
	Members() []gossip.Member
	Subscribe() (<-chan struct{}, func())
	SetInfo(ctx context.Context, change func(*gossip.Info)) error
	SetLoad(load gossip.Load)
	LoadFrom(ask func() gossip.Load)
	Send(ctx context.Context, member string, kind uint8, body []byte) error
	OnMessage(kind uint8, fn func(from string, body []byte))
	Joined() bool
	Leave(ctx context.Context) error
	Close() error
}

var _ membership = (*gossip.Gossip)(nil)

// Cluster is this process as a member. Its methods are safe for concurrent use, at any
// time from Start's return on.
type Cluster struct {
	cfg    Config
	deps   Deps
	log    *slog.Logger
	client bool
	ctx    context.Context //nolint:containedctx // the member's own life, ended by Stop
	cancel context.CancelFunc

	remote   *remoting.Remote
	gossip   membership
	node     atomic.Pointer[node] // nil while this member begins anew
	view     atomic.Pointer[view]
	calls    *calls
	inbound  *inbound
	breakers *breakers
	grains   *grains
	spills   *spills
	fence    *fence
	vouch    *vouch
	counts   counters

	pulse   atomic.Int64 // when the watch last ran, by the monotonic clock since began
	began   time.Time
	poke    chan struct{}  // asks the watch to run; one place
	running sync.WaitGroup // goroutines of the member; see later
	watched sync.WaitGroup // the watch

	life chan struct{} // full while the node is replaced, or the member drains or stops; see lock

	mu       sync.Mutex
	handlers map[string]Handler // guarded by mu
	ending   bool               // guarded by mu; Stop has begun its last part: later begins nothing
	draining bool               // guarded by mu
	stopping bool               // guarded by mu; Stop has been called
	done     bool               // guarded by mu; no call is made any more
	ended    chan struct{}      // closed when Stop is through
}

// Start listens, joins in the background and returns; its errors say what is at fault:
// every fault of the configuration at once, the port that is taken, the file that cannot
// be read. ctx bounds Start alone.
func Start(ctx context.Context, cfg Config, deps Deps) (*Cluster, error) {
	return start(ctx, cfg, deps, func(ctx context.Context, cfg gossip.Config, info gossip.Info, log *slog.Logger) (membership, error) {
		return gossip.Start(ctx, cfg, info, gossip.Deps{Logger: log})
	})
}

type joiner func(context.Context, gossip.Config, gossip.Info, *slog.Logger) (membership, error)

func start(ctx context.Context, cfg Config, deps Deps, join joiner) (*Cluster, error) {
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	if deps.Weight == 0 {
		deps.Weight = uint32(runtime.GOMAXPROCS(0)) //nolint:gosec // a count of processors
	}
	cfg.Lease.Clock, cfg.Lease.Logger = deps.Clock, deps.Logger
	cfg = cfg.withDefaults()
	if err := errors.Join(cfg.Validate(), checkGrains(cfg, deps)); err != nil {
		return nil, err
	}
	c := &Cluster{
		cfg: cfg, deps: deps, log: deps.Logger.With(slog.String("member", cfg.Name)),
		client: cfg.Gossip.Mode == gossip.ModeClient, began: time.Now(), poke: make(chan struct{}, 1), life: make(chan struct{}, 1), ended: make(chan struct{}),
		calls: newCalls(cfg.MaxPending, rand.Uint64()>>1), inbound: newInbound(cfg.MaxServing),
		breakers: newBreakers(cfg.Breaker, deps.Logger), spills: newSpills(), handlers: map[string]Handler{},
	}
	maps.Copy(c.handlers, deps.Handlers)
	c.ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	c.grains = newGrains(c)
	c.fence = newFence(c)
	c.vouch = newVouch(c)
	c.view.Store(newView(nil, nil))
	c.handlers[pingKind] = func(_ context.Context, _ Request, reply func([]byte, error)) { reply(nil, nil) }
	c.beat()
	if err := c.begin(ctx, join); err != nil {
		c.abandon() //nolint:contextcheck // undoing must not end with the start's context
		return nil, err
	}
	c.watched.Go(c.watch)
	c.watched.Go(c.fence.run)
	c.later(c.reachSelf)
	return c, nil
}

// begin brings up the port, the actor system and the membership, in this order: each
// publishes the one before.
func (c *Cluster) begin(ctx context.Context, join joiner) (err error) {
	if c.remote, err = remoting.Listen(ctx, c.cfg.Remote, c.log); err != nil {
		return err
	}
	n, err := c.newNode() //nolint:contextcheck // the node outlives the start
	if err != nil {
		return err
	}
	c.node.Store(n)
	info := gossip.Info{
		SystemID: n.id, Remote: c.remote.Address(), Kinds: c.kinds(), Boot: c.began,
		Version: c.deps.Version, Weight: c.deps.Weight, Client: c.client, Wire: Wire,
	}
	if c.gossip, err = join(ctx, c.cfg.Gossip, info, c.log); err != nil {
		c.gossip = nil // not an interface around nothing
		return fmt.Errorf("cluster: gossip: %w", err)
	}
	c.gossip.OnMessage(fenceMessage, c.fence.told)
	if err := c.join(n); err != nil { //nolint:contextcheck // Proto.Actor's interface takes no context; the provider has a timeout
		return err
	}
	c.look(ctx)
	n.open.Store(true)
	return nil
}

// abandon undoes what of begin was done.
func (c *Cluster) abandon() {
	c.cancel()
	if n := c.node.Swap(nil); n != nil {
		n.close()
	}
	if c.gossip != nil {
		if err := c.gossip.Close(); err != nil {
			c.log.LogAttrs(c.ctx, slog.LevelDebug, "closing the gossip of a start that failed", slog.Any("error", err))
		}
	}
	if c.remote != nil {
		c.remote.Close()
	}
}

// kinds are the names of the grains that run here.
func (c *Cluster) kinds() []string {
	if c.client {
		return nil
	}
	kinds := make([]string, 0, len(c.deps.Grains))
	for _, k := range c.deps.Grains {
		kinds = append(kinds, k.Name)
	}
	slices.Sort(kinds)
	return kinds
}

// later runs f on a goroutine that Stop waits for.
func (c *Cluster) later(f func()) {
	c.mu.Lock()
	if c.ending {
		c.mu.Unlock()
		f() // after Stop the caller's own goroutine has to do
		return
	}
	c.running.Add(1)
	c.mu.Unlock()
	go func() {
		defer c.running.Done()
		f()
	}()
}

// lock waits until nobody else replaces the node, drains or stops. False: ctx is done, or
// the member has stopped.
func (c *Cluster) lock(ctx context.Context) bool {
	select {
	case c.life <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	case <-c.ctx.Done():
		return false
	}
}

func (c *Cluster) unlock() { <-c.life }

func (c *Cluster) stopped() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done
}

// label is the cluster's name for Proto.Actor.
func (c *Cluster) label() string { return "isolane" }
