package share

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/cluster/gossip"
)

// patience is how long a change of the runtimes is waited for.
const patience = time.Second

// Config says what a Keeper keeps.
type Config struct {
	// Node is this member's name.
	Node string
	// Default is the number of runtimes while no total is wished.
	Default int
	// Max bounds the runtimes of this node, whatever its share is: a member that is cut
	// off from the others computes the whole total as its own.
	Max int
	// ShrinkAfter is how long a smaller share must stand before runtimes are drained.
	ShrinkAfter time.Duration
}

// Membership is who is in the cluster; a *cluster.Cluster.
type Membership interface {
	Members() []gossip.Member
	Subscribe() (<-chan struct{}, func())
	// Joined reports whether this member has seen another, or was told of none.
	Joined() bool
}

// Deps are what a Keeper works with; all are needed, but for Logger.
type Deps struct {
	Membership Membership
	// Totals yields the wished total as it stands in the bucket, "" for none.
	Totals <-chan string
	// Resize makes the node have n runtimes. It may block until those that are too many
	// have drained, and ends with ctx.
	Resize func(ctx context.Context, n int) error
	Logger *slog.Logger
}

// Keeper keeps the node's runtimes at its share.
type Keeper struct {
	cfg    Config
	deps   Deps
	cancel context.CancelFunc
	done   sync.WaitGroup

	// defaults takes a new number for while no total is wished.
	defaults chan int

	total  atomic.Int64 // -1: none is wished
	wanted atomic.Int64
}

// Start begins to keep; the node has Config.Default runtimes at this time.
func Start(cfg Config, deps Deps) *Keeper {
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	k := &Keeper{cfg: cfg, deps: deps, cancel: cancel, defaults: make(chan int)}
	k.total.Store(-1)
	k.wanted.Store(int64(cfg.Default))
	k.done.Go(func() { k.run(ctx) })
	return k
}

// Wanted returns the node's share as it is now.
func (k *Keeper) Wanted() int { return int(k.wanted.Load()) }

// Total returns the wished total; false where none is.
func (k *Keeper) Total() (int, bool) {
	n := int(k.total.Load())
	return n, n >= 0
}

// SetDefault has the node have n runtimes while no total is wished: at once, also where
// these are fewer. It returns when the Keeper has heard, or ctx is done.
func (k *Keeper) SetDefault(ctx context.Context, n int) error {
	select {
	case k.defaults <- n:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends it, and leaves the runtimes as they are. It is idempotent.
func (k *Keeper) Close() {
	k.cancel()
	k.done.Wait()
}

func (k *Keeper) run(ctx context.Context) {
	changed, unsubscribe := k.deps.Membership.Subscribe()
	defer unsubscribe()
	totals := k.deps.Totals
	have := k.cfg.Default
	shrink := time.NewTimer(0)
	defer shrink.Stop()
	<-shrink.C
	pending := -1 // the smaller share that waits for shrink
	for {
		select {
		case <-ctx.Done():
			return
		case text, ok := <-totals:
			if !ok {
				totals = nil
				continue
			}
			k.hear(text)
		case _, ok := <-changed:
			if !ok {
				changed = nil
				continue
			}
		case n := <-k.defaults:
			k.cfg.Default = n
			if _, wished := k.Total(); !wished {
				shrink.Stop()
				pending = -1
				if want := k.compute(); want != have {
					have = k.resize(ctx, have, want)
				}
			}
		case <-shrink.C:
			have, pending = k.resize(ctx, have, pending), -1
		}
		want := k.compute()
		switch {
		case want > have:
			shrink.Stop()
			have, pending = k.resize(ctx, have, want), -1
		case want == have:
			shrink.Stop()
			pending = -1
		case want != pending:
			pending = want
			shrink.Reset(k.cfg.ShrinkAfter)
		}
	}
}

// hear takes a new total in. What is no number changes nothing.
func (k *Keeper) hear(text string) {
	if text == "" {
		k.total.Store(-1)
		return
	}
	n, err := strconv.ParseUint(text, 10, 20)
	if err != nil {
		k.deps.Logger.Warn("the wished total of runtimes cannot be read and is left as it was; set it again with isolane runtimes scale --total N", slog.Any("error", err))
		return
	}
	k.total.Store(int64(n)) //nolint:gosec // 20 bits
}

// compute returns this node's share.
func (k *Keeper) compute() int {
	want := k.cfg.Default
	if total, ok := k.Total(); ok {
		if k.deps.Membership.Joined() {
			want = Of(total, k.deps.Membership.Members())[k.cfg.Node]
		} else {
			want = min(want, total) // who is alone for now must not take all
		}
	}
	want = min(want, k.cfg.Max)
	k.wanted.Store(int64(want))
	return want
}

// resize returns how many runtimes the node has after it tried to have want.
func (k *Keeper) resize(ctx context.Context, have, want int) int {
	k.deps.Logger.Info("runtimes of this node change with its share of the total", slog.Int("from", have), slog.Int("to", want))
	// What drains may take as long as its calls, and a member may die meanwhile: what was
	// begun goes on without us.
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := k.deps.Resize(waiting, want)
	if err != nil && waiting.Err() == nil {
		k.deps.Logger.Warn("the runtimes could not all be changed", slog.Int("to", want), slog.Any("error", err))
	}
	return want
}
