package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/funclog"
	"github.com/isolane/isolane/bridge/funcstore"
	"github.com/isolane/isolane/bridge/hostnats"
	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/bridge/schedule"
	"github.com/isolane/isolane/bridge/service"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cluster"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/cmd/isolane/internal/page"
	"github.com/isolane/isolane/cmd/isolane/internal/redact"
	"github.com/isolane/isolane/cmd/isolane/internal/route"
	"github.com/isolane/isolane/cmd/isolane/internal/share"
	"github.com/isolane/isolane/cmd/isolane/internal/sizer"
	"github.com/isolane/isolane/cmd/isolane/internal/tracing"
	"github.com/isolane/isolane/cmd/isolane/internal/web"
	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/quickjs"
	"github.com/isolane/isolane/jsruntime/v8"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// flushPatience bounds a round trip to the NATS server.
const flushPatience = 10 * time.Second

// Node is a running node. Make one with Start.
type Node struct {
	cfg   config.Config
	log   *slog.Logger
	began time.Time

	// The parts in the order of their start; what was not started is nil.
	tracing   *tracing.Tracing
	web       *web.Server // nil where it is off
	page      *page.Page  // nil where web is
	seen      seen        // what page remembers of others
	engine    jsruntime.Engine
	light     jsruntime.Engine // of functions with engine: quickjs
	http      *webapi.HTTP
	server    *bridge.Server // nil with a NATS server elsewhere
	conn      *nats.Conn
	events    *bridge.ConnEvents // what befalls conn
	host      *hostnats.Host
	keyCalls  latency.Histogram // how long host's calls of keys took
	lines     *funclog.Publisher
	system    *actor.ActorSystem
	pool      *actors.Pool
	functions *functions
	bridge    *bridge.Bridge
	store     *funcstore.Store // nil where functions cannot be deployed
	sweeper   *sweeper         // nil where nothing is swept
	hasFolder bool             // cfg.Functions is there
	service   *service.Service
	responder *admin.Responder
	history   *page.Keeper // nil where nobody asks for it

	triggering sync.Mutex
	triggers   *stream.Triggers    // guarded by triggering; nil before startTriggers
	schedules  *schedule.Scheduler // guarded by triggering; nil before startTriggers
	later      *later              // guarded by triggering; nil before startTriggers

	sizer *sizer.Sizer

	// Of a member of a cluster; nil of a node alone.
	bucket   *kvstore.Bucket // nil without JetStream too
	router   *route.Router
	cluster  *cluster.Cluster
	peers    atomic.Pointer[cluster.Cluster] // cluster, for calls that come while it starts
	shares   *share.Keeper
	unfollow context.CancelFunc // ends what shares follows

	profiling sync.Mutex      // held while a profile is taken
	alive     context.Context //nolint:containedctx // the node's life, for what others ask of it
	dies      context.CancelFunc

	at         atomic.Pointer[string] // the stage
	draining   sync.Once
	drainAsked chan struct{} // closed when somebody had the node drain
}

// Ready is what a node that takes messages says of itself.
type Ready struct {
	// Name is the node's, NATS the URL that clients use.
	Name, NATS string
	// HTTP is the URL of its page, "" where it has none.
	HTTP                string
	Functions, Runtimes int
}

// Start starts a node and returns when every subscription is known to the NATS
// server. cfg is taken as valid. ctx bounds the start, connecting included, and
// has no meaning afterwards. On an error nothing runs.
func Start(ctx context.Context, cfg config.Config, log *slog.Logger) (*Node, error) {
	n := &Node{cfg: cfg, log: log, began: time.Now(), drainAsked: make(chan struct{}), events: new(bridge.ConnEvents)}
	n.alive, n.dies = context.WithCancel(context.Background())
	n.stage(stageBegin)
	for _, step := range []func(context.Context) error{
		// First what can be wrong for reasons that the user sees at once.
		n.checkFolder,
		// Spans are sent from the first message on.
		n.startTracing,
		// Probes are answered while what takes long starts.
		n.startHTTP,
		// V8's flags are set before anything makes an isolate.
		n.startEngine,
		// NATS before the runtimes: connecting is what may take long or fail.
		n.startServer,
		n.connect,
		// What functions may do with it, before there are any.
		n.startHost,
		// What functions print is passed on from the first isolate on.
		n.startLines,
		// What members share before the pool, which is told by it where to hand work on.
		n.openBucket,
		// What is deployed, where there is a place for it.
		n.openStore,
		// The pool before the functions that are deployed into it.
		n.startPool,
		// The functions before the bridge: the first message must find them.
		n.startFunctions,
		// The functions before the cluster, too: peers hand on what they have.
		n.startCluster,
		// What is deployed is read by now.
		n.startSweeping,
		// How many runtimes there are is up to the cluster's total first.
		n.startSizer,
		// The bridge takes messages from here on.
		n.startBridge,
		// Like the bridge, and beside it.
		n.startTriggers,
		// The stock tools of NATS see the functions, which take calls by now.
		n.startService,
		// What it keeps of functions, for pages.
		n.startHistory,
		// Last, since an answer means that the node serves.
		n.startResponder,
		// All parts are there to be shown.
		n.startShowing,
	} {
		if err := step(ctx); err != nil {
			// Nothing was accepted that would need a grace.
			return nil, errors.Join(err, n.Stop(context.WithoutCancel(ctx)))
		}
	}
	return n, nil
}

func (n *Node) startTracing(ctx context.Context) error {
	var err error
	n.tracing, err = tracing.Start(context.WithoutCancel(ctx), n.cfg.Tracing, tracing.Service{Name: n.cfg.Node.Name, Version: version()}, n.log)
	return err
}

func (n *Node) startEngine(context.Context) error {
	n.engine = v8.NewEngine(v8.Config{WebAPI: webapi.Script()})
	n.light = quickjs.NewEngine(quickjs.DefaultConfig())
	var err error
	n.http, err = webapi.NewHTTP(webapi.DefaultHTTPConfig())
	return err
}

func (n *Node) startServer(ctx context.Context) error {
	if !n.cfg.Embedded() {
		return nil
	}
	host, port, err := net.SplitHostPort(n.cfg.NATS.Listen)
	if err != nil {
		return fmt.Errorf("nats.listen: %w", err)
	}
	cfg := bridge.DefaultServerConfig()
	cfg.Name, cfg.DataDir, cfg.Logger = n.cfg.Node.Name, n.cfg.Data, n.log
	if cfg.Port, err = strconv.Atoi(port); err != nil {
		return fmt.Errorf("nats.listen: %w", err)
	}
	if cfg.Host = host; host == "" {
		cfg.Host = "0.0.0.0"
	}
	n.server, err = bridge.StartServer(ctx, cfg)
	return err
}

func (n *Node) connect(ctx context.Context) error {
	n.stage(stageConnect)
	cfg := n.cfg.NATS.Connect()
	cfg.Name, cfg.Events = "isolane "+n.cfg.Node.Name, n.events
	if n.server != nil {
		// Over TCP as any client: an in-process connection has no buffer, and costs a
		// fifth more under load (bridge's benchmarks).
		cfg.URLs = []string{n.server.ClientURL()}
	}
	var err error
	n.conn, err = bridge.Connect(ctx, cfg, n.log)
	return err
}

func (n *Node) startHost(context.Context) error {
	cfg := hostnats.DefaultConfig()
	cfg.MaxPendingBytes, cfg.Logger = max(cfg.MaxPendingBytes, n.conn.MaxPayload()), n.log
	cfg.MaxHops, cfg.Queue = n.cfg.Runtimes.MaxHops, n.cfg.NATS.QueueGroup
	cfg.CallTook = func(took time.Duration) { n.keyCalls.Observe(took) }
	var err error
	n.host, err = hostnats.New(n.conn, cfg)
	return err
}

func (n *Node) startPool(ctx context.Context) error {
	n.stage(stageRuntimes)
	n.system = actor.NewActorSystem(actors.SystemOptions(n.log)...)
	cfg := actors.DefaultConfig()
	cfg.Node = n.cfg.Node.Name
	cfg.Runtimes = n.cfg.RuntimeCount()
	cfg.MaxInflight, cfg.Queue = n.cfg.Runtimes.MaxInflight, n.cfg.Runtimes.Queue
	var err error
	if cfg.Policy, err = actors.ParsePolicy(n.cfg.Runtimes.Policy); err != nil {
		return err
	}
	cfg.Affinity, cfg.Backoff, cfg.Quarantine.Max = n.cfg.Runtimes.Affinity, n.cfg.Runtimes.Backoff, n.cfg.Runtimes.Quarantine
	cfg.Shed.Target, cfg.Shed.Interval = n.cfg.Runtimes.ShedTarget, n.cfg.Runtimes.ShedInterval
	cfg.NewRuntime = func(spec actors.RuntimeSpec) (actors.Runtime, error) {
		rc := n.runtimeConfig(spec.Function)
		rc.ID, rc.Post, rc.Stuck, rc.Live, rc.Unbegun = spec.ID, spec.Post, spec.Stuck, spec.Live, spec.Unbegun
		rt, err := jsruntime.New(rc, n.engine)
		if err != nil || n.cfg.Runtimes.Faulty == "" {
			return rt, err
		}
		return &faultyRuntime{Runtime: rt, name: n.cfg.Runtimes.Faulty}, nil
	}
	cfg.MaxDedicated, cfg.MaxStuck = n.cfg.Runtimes.MaxDedicated, n.cfg.Runtimes.MaxStuck
	n.poolConfig(&cfg)
	n.pool, err = actors.Start(ctx, cfg, actors.Deps{System: n.system, Logger: n.log, Tracer: n.tracing.Tracer()})
	return err
}

// runtimeConfig is what an isolate is made with, but for its number and its owner: a
// shared one, or that of fn alone. The limits of fn are merged with the node's already
// (bundle.NewFunction).
func (n *Node) runtimeConfig(fn *bundle.Function) jsruntime.Config {
	rc := jsruntime.DefaultConfig()
	rc.Node, rc.Limits, rc.MaxContexts = n.cfg.Node.Name, n.cfg.Limits, n.cfg.Runtimes.Contexts
	rc.Env, rc.HTTP, rc.Logger, rc.Console = n.cfg.Env, n.http, n.log, n.printed
	rc.Redact = redact.New(n.cfg.Secrets()).Text
	rc.Messenger, rc.Buckets, rc.Calls, rc.Light, rc.Tracer = n.host, n.host, n.host, n.light, n.tracing.Tracer()
	if fn != nil && fn.Manifest.Dedicated {
		rc.Limits.Heap, rc.Limits.Buffers = fn.Manifest.Limits.Heap, fn.Manifest.Limits.Buffers
	}
	return rc
}

func (n *Node) startBridge(ctx context.Context) error {
	n.stage(stageSubscribe)
	cfg := bridge.DefaultConfig()
	cfg.Prefix, cfg.Queue, cfg.Receipts = n.cfg.NATS.Prefix, n.cfg.NATS.QueueGroup, n.cfg.NATS.Receipts
	// All that the pool may hold, so that it is the pool that sheds.
	runtimes := n.mostRuntimes() + n.cfg.Runtimes.MaxDedicated
	cfg.MaxPending = max(cfg.MaxPending, 2*(n.cfg.Runtimes.Queue+runtimes*n.cfg.Runtimes.MaxInflight))
	var err error
	deps := bridge.Deps{
		System: n.system, Conn: n.conn, Dispatcher: n.dispatcher(), Backlog: n.pool.Backlog, Logger: n.log,
		Events: n.events, Node: n.cfg.Node.Name, Tracer: n.tracing.Tracer(),
	}
	n.bridge, err = bridge.Start(ctx, cfg, deps)
	return err
}

func (n *Node) startResponder(ctx context.Context) error {
	var err error
	if n.responder, err = admin.Answer(n.conn, n.answers()); err != nil {
		return err
	}
	flushing, cancel := context.WithTimeout(ctx, flushPatience)
	defer cancel()
	if err := n.conn.FlushWithContext(flushing); err != nil {
		return fmt.Errorf("have the NATS server know our subscriptions: %w", err)
	}
	return nil
}

// Ready says what to print when the node takes messages.
func (n *Node) Ready() Ready {
	r := Ready{Name: n.cfg.Node.Name, Functions: len(n.pool.Functions()), Runtimes: len(n.pool.Stats().Runtimes)}
	address := n.conn.ConnectedUrl()
	if n.server != nil {
		address = n.server.ClientURL()
	}
	r.NATS = bridge.ShownURL(address)
	if n.web != nil {
		r.HTTP = n.web.URL()
	}
	return r
}

// Done is closed when the node takes no more messages, whatever the reason.
func (n *Node) Done() <-chan struct{} { return n.bridge.Done() }

// Worn is closed when as many turns cannot be stopped as the node bears: it serves, and is
// to be started again.
func (n *Node) Worn() <-chan struct{} { return n.pool.Worn() }

// DrainAsked is closed when somebody asked the node to drain: it is to be stopped.
func (n *Node) DrainAsked() <-chan struct{} { return n.drainAsked }

// Failed is closed when the node can be no member any more, and Err says why. A node
// alone does not fail in this way: its channel is nil.
func (n *Node) Failed() <-chan struct{} {
	if n.cluster == nil {
		return nil
	}
	return n.cluster.Gossip().Failed()
}

// Err is why Failed is closed.
func (n *Node) Err() error { return n.cluster.Gossip().Err() }

// report is what the node tells who asks.
func (n *Node) report() admin.Report {
	r := admin.Report{
		Node: n.cfg.Node.Name, Runtimes: len(n.pool.Stats().Runtimes),
		Functions: []admin.Function{}, Broken: n.functions.listing.brokenNow(),
	}
	for _, fn := range n.pool.Functions() {
		source, revision := n.functions.listing.origin(fn.Name)
		r.Functions = append(r.Functions, admin.Function{
			Name: fn.Name, Version: fn.Version, Isolation: string(fn.Manifest.Isolation),
			Since: fn.Since, Outcomes: inWords(fn.Outcomes), Durations: admin.DurationsOf(fn.Latency), Source: source, Revision: revision, Versions: versions(&fn),
		})
	}
	return r
}

// inWords is what came of calls, as it is told.
func inWords(outcomes map[function.Outcome]uint64) map[string]uint64 {
	words := make(map[string]uint64, len(outcomes))
	for outcome, count := range outcomes {
		words[outcome.String()] = count
	}
	return words
}
