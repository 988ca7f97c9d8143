package gossip

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
)

// Gossip is one node's part in the membership. Make one with Start, end it with Close.
type Gossip struct {
	cfg      Config
	log      *slog.Logger
	quiet    *logWriter
	clock    Clock
	resolver Resolver
	port     string // of Listen, for seeds that have none

	list    *memberlist.Memberlist
	table   *table
	queue   *memberlist.TransmitLimitedQueue
	present atomic.Int64 // members present, for the queue

	keyMu   sync.Mutex
	keyring *memberlist.Keyring // nil: not encrypted

	infoMu  sync.Mutex
	self    announcement    // guarded by infoMu
	waiting []chan struct{} // guarded by infoMu; closed once what self says now is out
	meta    atomic.Pointer[[]byte]
	publish chan struct{} // one token: self has changed

	loadMu sync.Mutex
	load   Load                        // guarded by loadMu
	loadAt time.Time                   // guarded by loadMu; zero: never set
	ask    atomic.Pointer[func() Load] // nil: load is what was set
	loaded chan struct{}               // one token: the first load is there

	subMu sync.Mutex
	subs  map[chan struct{}]struct{} // guarded by subMu

	inbox     chan message
	handlerMu sync.RWMutex
	handlers  map[uint8]func(from string, body []byte) // guarded by handlerMu
	sending   chan struct{}                            // a token for each Send under way

	conflicts chan *memberlist.Node // one: another node claims our name
	hurry     chan struct{}         // one token: try to join now
	contested atomic.Int64          // further tries to make while an address of ours is disputed
	joined    atomic.Bool

	stop   context.Context //nolint:containedctx // ends the goroutines below; Close cancels it
	cancel context.CancelFunc
	wg     sync.WaitGroup

	lifeMu sync.RWMutex
	closed bool // guarded by lifeMu; wg takes no more
	// leaveMu keeps memberlist's Leave from running after its Shutdown, which panics.
	leaveMu   sync.Mutex
	left      bool // guarded by leaveMu
	leaveErr  error
	closeOnce sync.Once
	closeErr  error
	failed    chan struct{}
	failure   error // written before failed is closed
}

// Start listens, and returns when the node can be joined. Joining the seeds goes on in
// the background, for as long as the Gossip lives; ctx bounds Start alone. Errors: every
// fault of cfg at once, a *MetaError, or that the address cannot be had.
func Start(ctx context.Context, cfg Config, info Info, deps Deps) (*Gossip, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.resolved()
	g := newGossip(cfg, deps)
	if err := g.begin(info); err != nil {
		return nil, err
	}
	conf, guarded, err := g.configure(ctx)
	if err != nil {
		return nil, err
	}
	list, err := memberlist.Create(conf)
	if err != nil {
		g.cancel()
		_ = guarded.Shutdown()
		return nil, fmt.Errorf("gossip: start: %w", err)
	}
	g.list = list
	g.wg.Go(g.publishLoop)
	g.wg.Go(g.joinLoop)
	g.wg.Go(g.tend)
	g.wg.Go(g.deliver)
	g.wg.Go(g.settleConflicts)
	g.wg.Go(g.reachSelf)
	return g, nil
}

func newGossip(cfg Config, deps Deps) *Gossip {
	g := &Gossip{
		cfg: cfg, log: deps.Logger, clock: deps.Clock, resolver: deps.Resolver,
		publish: make(chan struct{}, 1), loaded: make(chan struct{}, 1), subs: map[chan struct{}]struct{}{},
		inbox: make(chan message, cfg.Inbox), handlers: map[uint8]func(string, []byte){},
		sending: make(chan struct{}, maxSends), conflicts: make(chan *memberlist.Node, 1),
		hurry: make(chan struct{}, 1), failed: make(chan struct{}),
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	if g.clock == nil {
		g.clock = systemClock{}
	}
	if g.resolver == nil {
		g.resolver = systemResolver()
	}
	g.quiet = newLogWriter(g.log, time.Now)
	g.table = newTable(cfg.Name, g.clock, cfg.MaxDead, cfg.DeadFor)
	g.queue = &memberlist.TransmitLimitedQueue{
		RetransmitMult: 2, // reports come again; what one round misses the next brings
		NumNodes:       func() int { return int(g.present.Load()) },
	}
	g.stop, g.cancel = context.WithCancel(context.Background())
	return g
}

// begin takes in what the node says of itself.
func (g *Gossip) begin(info Info) error {
	fill(&info.Wire, Wire)
	fill(&info.Weight, 1)
	if info.Boot.IsZero() {
		info.Boot = g.clock.Now()
	}
	info.Client = info.Client || g.cfg.Mode == ModeClient
	g.infoMu.Lock()
	defer g.infoMu.Unlock()
	_, err := g.setSelf(announcement{info: info})
	return err
}

// configure makes memberlist's configuration, and the transport, which listens already.
func (g *Gossip) configure(ctx context.Context) (*memberlist.Config, *guard, error) {
	ring, err := newKeyring(g.cfg.Keys)
	if err != nil {
		return nil, nil, err
	}
	g.keyring = ring
	c := memberlist.DefaultLANConfig()
	g.cfg.Timings.apply(c)
	c.Name, c.Label, c.Keyring = g.cfg.Name, g.cfg.Label, ring
	c.Delegate, c.Events, c.Alive, c.Conflict = delegate{g}, events{g}, gate{g}, conflicts{g}
	c.Logger = log.New(g.quiet, "", 0)
	// The name of one that is dead may be had at once by one with another address.
	c.DeadNodeReclaimTime = time.Millisecond
	transport, err := g.listen(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	guarded := newGuard(transport, g.cfg.MaxStreams, g.cfg.MaxStreamBytes, func() { //nolint:contextcheck // it is called later than the start
		g.quiet.say(slog.LevelWarn, "streams", "gossip: stream refused, too many are open", slog.Int("bound", g.cfg.MaxStreams))
	})
	c.Transport = guarded
	return c, guarded, nil
}

// Members is who there is, sorted by name, this node included: those present, and those
// gone within DeadFor. The list is the caller's.
func (g *Gossip) Members() []Member {
	list := g.table.members()
	for i := range list {
		if list[i].Local {
			g.loadMu.Lock()
			list[i].Load, list[i].LoadAt = g.load, g.loadAt
			g.loadMu.Unlock()
		}
	}
	return list
}

// Subscribe gives a channel that gets a tick after the membership or what a member says
// of itself has changed; not for loads. Ticks coalesce: one that finds the channel full
// is dropped, since the one in it says the same. The channel is never closed; cancel ends
// the ticks.
func (g *Gossip) Subscribe() (changed <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	g.subMu.Lock()
	g.subs[ch] = struct{}{}
	g.subMu.Unlock()
	return ch, func() {
		g.subMu.Lock()
		delete(g.subs, ch)
		g.subMu.Unlock()
	}
}

func (g *Gossip) tick() {
	g.subMu.Lock()
	defer g.subMu.Unlock()
	for ch := range g.subs {
		signal(ch)
	}
}

// signal puts a token where there is none.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// Addr is host:port that others reach this node's gossip at.
func (g *Gossip) Addr() string {
	for _, m := range g.table.members() {
		if m.Local {
			return m.Addr
		}
	}
	return ""
}
