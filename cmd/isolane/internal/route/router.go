package route

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/cluster"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

const (
	// Invoke names the calls that carry an invocation to a peer with room.
	Invoke = "invoke"
	// Dedicated is the kind of the grains that functions with dedicated: true are. Its
	// identities are the functions' names.
	Dedicated = "dedicated"
)

// Pool is the node's own runtimes.
type Pool interface {
	// Submit runs inv here, or hands it to Router.Overflow.
	Submit(inv *function.Invocation, done func(*function.Result))
	// SubmitHere runs inv here or refuses it.
	SubmitHere(inv *function.Invocation, done func(*function.Result))
	// Manifest is that of the function of this name; false where there is none.
	Manifest(name string) (function.Manifest, bool)
}

var _ Pool = (*actors.Pool)(nil)

// Peers are the other members; a *cluster.Cluster.
type Peers interface {
	Call(ctx context.Context, member, kind string, body []byte, done func([]byte, error))
	Worker(kind, identity string, except []string) (member string, here bool)
	Spill(ctx context.Context, kind string, body []byte, done func([]byte, error)) bool
	Ask(ctx context.Context, kind, identity string, body []byte, done func([]byte, error))
}

// Config says what a Router is made from. All but Logger is needed.
type Config struct {
	// RetryAfter is what callers of a function that is being moved are told to wait.
	RetryAfter time.Duration
	Logger     *slog.Logger
	// Tracer makes the spans of the way to another member, and there; nil makes none.
	Tracer span.Tracer
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Router is a bridge.Dispatcher. It is safe for concurrent use; Bind comes first.
type Router struct {
	cfg   Config
	pool  Pool
	peers Peers
	// ctx ends what is on its way to others, when the node does.
	ctx    context.Context //nolint:containedctx // the lifetime of what outlives Submit
	cancel context.CancelFunc
	// dedicated holds the names of the functions that have one isolate in the cluster.
	dedicated atomic.Pointer[map[string]struct{}]
	// keys runs what others hand to this node of keyed functions; nil before BindKeys.
	keys   atomic.Pointer[Keys]
	counts counts
}

// New makes a Router; nothing may be submitted before Bind.
func New(cfg Config) *Router {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	r := &Router{cfg: cfg}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.SetDedicated(nil)
	return r
}

// Bind gives the Router what it routes between. It is called once, before anything else:
// the pool is made with Router.Overflow, and the cluster with Router.Serve.
func (r *Router) Bind(pool Pool, peers Peers) { r.pool, r.peers = pool, peers }

// SetDedicated replaces the names of the functions that have one isolate in the cluster.
func (r *Router) SetDedicated(names []string) {
	set := make(map[string]struct{}, len(names))
	for _, name := range names {
		set[name] = struct{}{}
	}
	r.dedicated.Store(&set)
}

// Submit implements bridge.Dispatcher.
func (r *Router) Submit(inv *function.Invocation, done func(*function.Result)) {
	if r.isDedicated(inv.Function) {
		r.toGrain(inv, done)
		return
	}
	r.pool.Submit(inv, done)
}

func (r *Router) isDedicated(name string) bool {
	_, ok := (*r.dedicated.Load())[name]
	return ok
}

// Close ends what is on its way to others: it is answered canceled. It is idempotent.
func (r *Router) Close() { r.cancel() }

// leave is the context of one invocation on its way to another member: it ends at the
// caller's deadline, or when the function's wall limit is over, whichever is first.
func (r *Router) leave(inv *function.Invocation) (context.Context, context.CancelFunc) {
	now := r.cfg.Now()
	end := inv.Deadline
	if m, ok := r.pool.Manifest(inv.Function); ok && m.Limits.Wall > 0 {
		received := inv.Received
		if received.IsZero() {
			received = now
		}
		if limit := received.Add(m.Limits.Wall); end.IsZero() || limit.Before(end) {
			end = limit
		}
	}
	if end.IsZero() {
		return context.WithCancel(r.ctx)
	}
	return context.WithTimeout(r.ctx, end.Sub(now))
}

var _ Peers = (*cluster.Cluster)(nil)
