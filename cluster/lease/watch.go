package lease

import (
	"context"
	"log/slog"
	"time"
)

// watch is an acquisition's watch on its key, where the store can be watched. It only
// makes things faster: without it, or when it fails, the record is polled.
type watch struct {
	watcher Watcher         // nil if the store is none
	ticks   <-chan struct{} // nil while there is no watch
	cancel  context.CancelFunc
	tried   time.Time // when it was last opened; zero: never
}

// on says whether there is a watch.
func (w *watch) on() bool { return w.ticks != nil }

// open begins a watch if there should be one and is none, at most once in each TTL.
func (w *watch) open(ctx context.Context, cfg Config, key string) {
	now := cfg.Clock.Now()
	if w.watcher == nil || w.on() || !w.tried.IsZero() && now.Sub(w.tried) < cfg.TTL {
		return
	}
	w.stop()
	w.tried = now
	ctx, w.cancel = context.WithCancel(ctx)
	tooLong := cfg.Clock.AfterFunc(cfg.Renew, w.cancel)
	defer tooLong.Stop()
	ticks, err := w.watcher.Watch(ctx, key)
	if err != nil {
		cfg.Logger.Debug("the store cannot be watched, it is polled", slog.Any("error", err))
		return
	}
	w.ticks = ticks
}

// wait returns after d, at a tick, or when ctx is done. A watch that has ended is
// forgotten.
func (w *watch) wait(ctx context.Context, clock Clock, d time.Duration) {
	if !wait(ctx, clock, d, w.ticks) {
		w.ticks = nil
	}
}

// stop ends the watch.
func (w *watch) stop() {
	if w.cancel != nil {
		w.cancel()
	}
	w.ticks, w.cancel = nil, nil
}
