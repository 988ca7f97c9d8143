package bridge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/nats-io/nats.go"
)

// Bridge is the handle of a running bridge. Its methods are safe for concurrent
// use. Make one with Start.
type Bridge struct {
	cfg  Config
	deps Deps
	log  *slog.Logger
	pid  *actor.PID
	// own is the actor's: it outlives the actor's restarts, and nothing else
	// touches it.
	own actorState

	calls    calls
	counters counters
	lines    budget

	outbox    outbox
	envelopes envelopes
	// refusals are answers that wait for their goroutine, which closes refused at its end.
	refusals chan refusal
	refused  chan struct{}

	// started takes the outcome of the first subscription, once.
	started chan error
	// stopped is closed by the actor when it has stopped for good; leftover, the
	// subscription where it had not ended by then, is written before.
	stopped  chan struct{}
	leftover *subscription

	mu sync.Mutex
	// draining is set by the first Drain or Close; guarded by mu.
	draining bool
	// drained is closed when that one has ended; drainErr is its result, written
	// before.
	drained  chan struct{}
	drainErr error
	// hurry is closed by Close, and ends a drain that is under way.
	hurry     chan struct{}
	hurryOnce sync.Once
}

// Start subscribes to every function's subject and returns when the server knows
// of it: a message published after Start has returned is delivered. It blocks for
// one round trip, bounded by ctx, which has no meaning afterwards.
//
// The error wraps ErrInvalidConfig, or ErrSubscribe where the server refused the
// subscription (permissions) or did not answer; the bridge is stopped again.
func Start(ctx context.Context, cfg Config, deps Deps) (*Bridge, error) {
	if err := errors.Join(cfg.Validate(), deps.validate()); err != nil {
		return nil, err
	}
	if err := cfg.validateFor(deps.Conn.MaxPayload()); err != nil {
		return nil, err
	}
	b := newBridge(cfg, deps.withDefaults())
	before := deps.Conn.LastError()
	//nolint:contextcheck // what it answers are messages, which have no context
	if err := b.spawn(); err != nil {
		return nil, fmt.Errorf("%w: spawn its actor: %w", ErrSubscribe, err)
	}
	if err := b.awaitReady(ctx, before); err != nil {
		//nolint:contextcheck // ctx may have ended, the bridge must stop all the same
		return nil, errors.Join(fmt.Errorf("%w to %s: %w", ErrSubscribe, cfg.Prefix, err), b.Close())
	}
	return b, nil
}

func newBridge(cfg Config, deps Deps) *Bridge {
	b := &Bridge{
		cfg: cfg, deps: deps, log: deps.Logger,
		calls:    calls{maxCount: cfg.MaxPending, maxBytes: cfg.MaxPendingBytes},
		refusals: make(chan refusal, maxRefusals),
		refused:  make(chan struct{}),

		started: make(chan error, 1),
		stopped: make(chan struct{}),
		drained: make(chan struct{}),
		hurry:   make(chan struct{}),
	}
	b.outbox.backlog, b.outbox.send = deps.Backlog, b.send
	return b
}

// spawn starts the actor under a guardian of its own: ten restarts in ten
// seconds, then it stays stopped, and Done says so.
func (b *Bridge) spawn() error {
	props := actor.PropsFromProducer(
		func() actor.Actor { return &bridgeActor{b: b, own: &b.own} },
		actor.WithGuardian(actor.NewOneForOneStrategy(10, 10*time.Second, actor.DefaultDecider)),
	)
	system := b.deps.System
	pid, err := system.Root.SpawnNamed(props, "bridge"+system.ProcessRegistry.NextId())
	b.pid = pid
	if err == nil {
		go b.refuse()
	}
	return err
}

// awaitReady waits for the subscription, and for the server to know of it.
// before is the connection's last error before it was asked for.
func (b *Bridge) awaitReady(ctx context.Context, before error) error {
	select {
	case err := <-b.started:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := flush(ctx, b.deps.Conn); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	// The server answers SUB and PING in order, so that a refusal is known here.
	// It comes as the connection's last error, made anew each time.
	//nolint:errorlint // identity is meant: is this error a new one?
	if after := b.deps.Conn.LastError(); after != before && errors.Is(after, nats.ErrPermissionViolation) {
		return fmt.Errorf("grant this user the subject in the server's configuration: %w", after)
	}
	return nil
}

// Done returns a channel that is closed when the bridge takes no more messages
// off NATS: after Drain or Close, or because its connection was closed or its
// actor given up. A node that sees it without having drained should end.
func (b *Bridge) Done() <-chan struct{} { return b.stopped }

// flush makes a round trip to the server, within ctx and ten seconds.
func flush(ctx context.Context, conn *nats.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return conn.FlushWithContext(ctx)
}
