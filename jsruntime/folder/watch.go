package folder

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// watcher is the state of one Watch. It belongs to one goroutine.
type watcher struct {
	cfg    Config
	dir    string    // absolute, but possibly a symbolic link
	notify *notifier // nil while polling

	known  map[string]*known  // by function name
	dirs   map[string]watched // by path
	stamps map[file]stamp     // of the last poll; nil before the first

	pending  changes
	debounce debounce
	identity os.FileInfo // of dir, when it was last looked after
	lost     bool        // dir could not be read
}

// Watch tells of every function in the folder, and then of every change, until ctx is
// done; then it returns nil. It returns an error where the configuration is wrong or
// the folder cannot be read at the beginning. When that happens later, the functions
// stay as they are until the folder is back.
//
// A change is told of once it has been quiet for Config.Quiet, and only where it makes
// another version of a function, or another error. A broken function is tried again
// with every change in the folder.
func Watch(ctx context.Context, cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	cfg = cfg.withDefaults()
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	w := &watcher{
		cfg: cfg, dir: dir,
		known: map[string]*known{}, dirs: map[string]watched{},
		debounce: debounce{quiet: cfg.Quiet, most: cfg.MaxWait},
	}
	if w.identity, err = os.Stat(dir); err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	w.startNotifier()
	defer w.stopNotifier()
	w.touchAll()
	if err := w.reconcile(ctx); err != nil {
		return err
	}
	if ended(ctx) {
		return nil
	}
	cfg.Ready()
	w.run(ctx)
	return nil
}

// run acts on changes until ctx is done.
func (w *watcher) run(ctx context.Context) {
	tick := time.NewTicker(w.cfg.PollInterval)
	defer tick.Stop()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		var due <-chan time.Time
		if at, waits := w.debounce.due(); waits {
			timer.Reset(time.Until(at))
			due = timer.C
		}
		var events <-chan fsnotify.Event
		var failures <-chan error
		if w.notify != nil {
			events, failures = w.notify.events, w.notify.errors
		}
		select {
		case <-ctx.Done():
			return
		case event, ok := <-events:
			w.event(event, ok)
		case err, ok := <-failures:
			w.failure(err, ok)
		case <-tick.C:
			w.lookAfterDir()
			if w.notify == nil {
				w.poll()
			}
		case <-due:
			w.act(ctx)
		}
	}
}

// act reconciles, unless polling shows that a file is still being written.
func (w *watcher) act(ctx context.Context) {
	if w.notify == nil && w.poll() {
		if at, _ := w.debounce.due(); time.Now().Before(at) {
			return
		}
	}
	if err := w.reconcile(ctx); err != nil {
		w.lost = true // lookAfterDir brings it back
		w.cfg.Logger.Warn("the folder of functions cannot be read, its functions stay as they are",
			slog.String("dir", w.dir), slog.Any("error", err))
	}
}

// event notes a notification.
func (w *watcher) event(event fsnotify.Event, ok bool) {
	if !ok {
		w.fallBack(errors.New("the source of notifications ended"))
		return
	}
	if d, isDir := w.dirs[event.Name]; isDir && event.Has(fsnotify.Remove|fsnotify.Rename) {
		w.forget(event.Name)
		w.touch(d.actual)
	}
	w.changed(filepath.Dir(event.Name), filepath.Base(event.Name))
}

// failure notes that notifications were lost.
func (w *watcher) failure(err error, ok bool) {
	if !ok {
		w.fallBack(errors.New("the source of notifications ended"))
		return
	}
	if !errors.Is(err, fsnotify.ErrEventOverflow) {
		w.cfg.Logger.Warn("watching the folder of functions", slog.String("dir", w.dir), slog.Any("error", err))
	}
	w.touchAll()
}

// touch notes a changed path, to be acted on soon.
func (w *watcher) touch(path string) {
	const most = 4096
	if w.pending.paths == nil {
		w.pending.paths = map[string]bool{}
	}
	if len(w.pending.paths) < most {
		w.pending.paths[path] = true
	} else {
		w.pending.all = true
	}
	w.debounce.add(time.Now())
}

// touchAll notes that anything may have changed.
func (w *watcher) touchAll() {
	w.pending.all = true
	w.debounce.add(time.Now())
}
