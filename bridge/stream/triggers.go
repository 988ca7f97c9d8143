package stream

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/time/rate"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/bridge/records"
)

// Triggers serves the triggers of one member. Make one with New.
type Triggers struct {
	cfg   Config
	deps  Deps
	js    jetstream.JetStream
	box   *deadletter.Box
	notes *notes
	// keeper stores the records of runs.
	keeper *records.Keeper
	// openStates opens the bucket of a keyed function.
	openStates openStates
	// lines rations the log lines about single messages.
	lines *rate.Limiter
	// lining is held from when a call is looked at until it stands in its lane. It is taken
	// before all other locks.
	lining sync.Mutex

	mu sync.Mutex
	// running are the consumers by Trigger.key, leaving those that were replaced or
	// taken away and still hold messages; guarded by mu.
	running map[string]*consumer
	leaving map[*consumer]struct{}
	// closed refuses further triggers; guarded by mu.
	closed bool
}

// New returns Triggers that serve nothing yet. It asks the server nothing. The error
// wraps ErrInvalidConfig.
func New(cfg Config, deps Deps) (*Triggers, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if err := deps.validate(); err != nil {
		return nil, err
	}
	js, err := jetstream.New(deps.Conn)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidConfig, err)
	}
	return &Triggers{
		cfg: cfg, deps: deps.withDefaults(), js: js,
		openStates: func(ctx context.Context, cfg kvstore.Config) (states, error) {
			return kvstore.Open(ctx, deps.Conn, cfg)
		},
		box:     deadletter.New(js, cfg.DeadLetters),
		notes:   &notes{js: js, bucket: cfg.Notes, ttl: cfg.NotesTTL},
		keeper:  records.NewKeeper(records.New(js, cfg.Records)),
		lines:   rate.NewLimiter(20, 50),
		running: map[string]*consumer{}, leaving: map[*consumer]struct{}{},
	}, nil
}

// Set has these triggers served, and no others. It returns at once: consumers are
// found or made behind it, again and again until that succeeds. One that differs from
// before takes the place of the one that was; what that one holds it finishes.
func (t *Triggers) Set(triggers []Trigger) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	wanted := map[string]Trigger{}
	for _, trigger := range triggers {
		wanted[trigger.key()] = trigger
	}
	for key, c := range t.running {
		trigger, ok := wanted[key]
		if ok && trigger.same(c.trigger) {
			c.version.Store(&trigger.Version)
			delete(wanted, key)
			continue
		}
		c.quit()
		delete(t.running, key)
		t.leaving[c] = struct{}{}
		go t.left(c)
	}
	for key, trigger := range wanted {
		c := newConsumer(t, trigger)
		t.running[key] = c
		c.start(context.Background())
	}
}

// left forgets a consumer that was replaced or taken away, once it has ended.
func (t *Triggers) left(c *consumer) {
	<-c.ended
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.leaving, c)
}

// Drain takes no more messages, waits until what is held is settled, and tells the
// server. When ctx is done first, runs are ended where that can be (Deps.Recall), which takes
// cutPatience at most: what has ended by then, and what functions have said of messages,
// counts. What is left is given back to the server, for other members, and results that come
// later are dropped; the error is a *DrainError then. Records of runs that are not stored by then
// have as long as Config.Patience, or half of cutPatience. Later calls find nothing to do.
func (t *Triggers) Drain(ctx context.Context) error {
	t.mu.Lock()
	t.closed = true
	all := slices.Collect(maps.Values(t.running))
	all = slices.AppendSeq(all, maps.Keys(t.leaving))
	t.running = map[string]*consumer{}
	for _, c := range all {
		c.quit()
		t.leaving[c] = struct{}{}
	}
	t.mu.Unlock()
	given := 0
	if !haveEnded(ctx, all) {
		given = t.cutOff(all) //nolint:contextcheck // ctx has ended by then
	}
	for _, c := range all {
		<-c.ended
	}
	t.mu.Lock()
	clear(t.leaving)
	t.mu.Unlock()
	t.closeKeeper(ctx)
	if given > 0 {
		return &DrainError{Given: given, Err: context.Cause(ctx)}
	}
	return nil
}

// closeKeeper has the last records stored, where there is a server: as long as ctx lasts, and for
// a while where it has ended.
func (t *Triggers) closeKeeper(ctx context.Context) {
	patience := t.cfg.Patience
	switch {
	case !t.deps.Conn.IsConnected():
		patience = 0
	case ctx.Err() != nil:
		ctx, patience = context.WithoutCancel(ctx), cutPatience/2
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	t.keeper.Close(ctx)
}
