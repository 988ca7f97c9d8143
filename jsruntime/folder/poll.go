package folder

import (
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// stamp is what polling compares of a file.
type stamp struct {
	size    int64
	changed time.Time
	mode    fs.FileMode
}

// file is a file in a watched folder.
type file struct{ dir, base string }

// poll compares every file in the watched folders with how it was before, and notes
// what changed. It reports whether anything did.
func (w *watcher) poll() bool {
	before, now := w.stamps, map[file]stamp{}
	for dir := range w.dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, entry := range entries {
			f := file{dir: dir, base: entry.Name()}
			info, err := os.Stat(filepath.Join(dir, f.base))
			if err != nil || unwatched(f.base) && !switched(f.base) {
				continue
			}
			s := stamp{size: info.Size(), changed: info.ModTime(), mode: info.Mode()}
			if info.IsDir() && !switched(f.base) {
				s = stamp{mode: info.Mode()} // what happens in it shows there
			}
			now[f] = s
		}
	}
	w.stamps = now
	if before == nil {
		return false
	}
	any := false
	for f, s := range now {
		if old, had := before[f]; !had || old != s {
			w.changed(f.dir, f.base)
			any = true
		}
	}
	for f := range before {
		if _, has := now[f]; !has {
			w.changed(f.dir, f.base)
			any = true
		}
	}
	return any
}

// lookAfterDir notices that Dir is gone, is there again, or is another folder under
// the same name, of which nothing tells.
func (w *watcher) lookAfterDir() {
	info, err := os.Stat(w.dir)
	switch {
	case err != nil && !w.lost:
		w.lost = true
		w.cfg.Logger.Warn("the folder of functions cannot be read, its functions stay as they are",
			slog.String("dir", w.dir), slog.Any("error", err))
	case err != nil:
	case w.lost || w.identity != nil && !os.SameFile(info, w.identity):
		w.cfg.Logger.Info("the folder of functions is a new one", slog.String("dir", w.dir))
		w.lost = false
		w.forget(w.dir)
		w.touchAll()
	}
	if err == nil {
		w.identity = info
	}
}
