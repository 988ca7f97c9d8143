package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/fsnotify/fsnotify"
)

// notifier is a source of notifications about folders, not about what is below them.
type notifier struct {
	add    func(dir string) error
	remove func(dir string) error
	close  func() error
	events <-chan fsnotify.Event
	errors <-chan error
}

func newNotifier() (*notifier, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return &notifier{add: w.Add, remove: w.Remove, close: w.Close, events: w.Events, errors: w.Errors}, nil
}

// startNotifier sets notifications up, or leaves it at polling.
func (w *watcher) startNotifier() {
	if w.cfg.Poll {
		return
	}
	n, err := w.cfg.notify()
	if err != nil {
		w.fallBack(err)
		return
	}
	w.notify = n
}

// fallBack goes over to polling for good: the system does not tell of changes, or no
// longer. Most often a limit of inotify is reached.
func (w *watcher) fallBack(cause error) {
	w.cfg.Logger.Warn("cannot be notified of changes, polling the folder of functions",
		slog.String("dir", w.dir), slog.Duration("every", w.cfg.PollInterval), slog.Any("cause", cause))
	w.stopNotifier()
	w.touchAll()
}

func (w *watcher) stopNotifier() {
	if w.notify == nil {
		return
	}
	if err := w.notify.close(); err != nil {
		w.cfg.Logger.Warn("closing the watch of the folder of functions", slog.Any("error", err))
	}
	w.notify = nil
}

// subscribe asks for notifications about a folder. It reports whether they will come;
// a folder that is gone again is no reason to poll.
func (w *watcher) subscribe(dir string) bool {
	if w.notify == nil {
		return true
	}
	switch err := w.notify.add(dir); {
	case err == nil:
		return true
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return false
	default:
		w.fallBack(fmt.Errorf("watch %s: %w", dir, err))
		return true
	}
}

// unsubscribe ends notifications about a folder, which may be gone already.
func (w *watcher) unsubscribe(dir string) {
	delete(w.dirs, dir)
	if w.notify == nil {
		return
	}
	if err := w.notify.remove(dir); err != nil && !errors.Is(err, fsnotify.ErrNonExistentWatch) {
		w.cfg.Logger.Debug("ending the watch of a folder", slog.String("dir", dir), slog.Any("error", err))
	}
}
