package folder

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// maxDirs bounds how many folders are watched, in case Dir is not what was meant.
const maxDirs = 4096

// watched is a folder that is watched.
type watched struct {
	// actual is its path without symbolic links: what inputs begin with.
	actual string
	// tree means that it is Dir or below it. Others hold inputs, and only those count.
	tree bool
}

// follow brings the watched folders in step with what is on disk and with the inputs
// of the functions. It returns the actual paths of the folders that are new.
func (w *watcher) follow() (fresh []string) {
	wanted := w.tree()
	w.addInputDirs(wanted)
	for dir := range w.dirs {
		if _, still := wanted[dir]; !still {
			w.unsubscribe(dir)
		}
	}
	for dir, d := range wanted {
		if old, has := w.dirs[dir]; has && old.actual == d.actual {
			w.dirs[dir] = d
			continue
		} else if has {
			w.unsubscribe(dir) // a link that leads elsewhere now
		}
		if w.subscribe(dir) {
			w.dirs[dir] = d
			fresh = append(fresh, d.actual)
		}
	}
	return fresh
}

// addInputDirs adds the folders of inputs that are outside of the tree, each folder
// once: the system tells of a folder under one name only.
func (w *watcher) addInputDirs(wanted map[string]watched) {
	actual := make(map[string]bool, len(wanted))
	for _, d := range wanted {
		actual[d.actual] = true
	}
	for _, k := range w.known {
		for _, input := range k.inputs {
			dir, err := filepath.EvalSymlinks(filepath.Dir(input))
			if err != nil || actual[dir] || hasPart(dir, "node_modules") || len(wanted) >= maxDirs {
				continue
			}
			actual[dir] = true
			wanted[dir] = watched{actual: dir}
		}
	}
}

// tree lists Dir and the folders below it. It follows symbolic links, each folder once.
func (w *watcher) tree() map[string]watched {
	found, seen := map[string]watched{}, map[string]bool{}
	for next := []string{w.dir}; len(next) > 0; {
		dir := next[0]
		next = next[1:]
		actual, err := filepath.EvalSymlinks(dir)
		if err != nil || seen[actual] {
			continue
		}
		if len(found) == maxDirs {
			w.cfg.Logger.Warn("too many folders, the rest is not watched", slog.String("dir", w.dir), slog.Int("most", maxDirs))
			break
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		seen[actual] = true
		found[dir] = watched{actual: actual, tree: true}
		for _, entry := range entries {
			path := filepath.Join(dir, entry.Name())
			if !unwatched(entry.Name()) && isDir(path, entry) {
				next = append(next, path)
			}
		}
	}
	return found
}

func isDir(path string, entry os.DirEntry) bool {
	if entry.Type()&os.ModeSymlink == 0 {
		return entry.IsDir()
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// unwatched reports whether a name is none of a function's source.
func unwatched(name string) bool {
	return strings.HasPrefix(name, ".") || name == "node_modules"
}

// switched reports whether a name is that of a folder or link which deployments put in
// place of another at once, as Kubernetes does with "..data" in a ConfigMap.
func switched(name string) bool { return strings.HasPrefix(name, "..") }

func hasPart(path, part string) bool {
	for p := range strings.SplitSeq(path, string(filepath.Separator)) {
		if p == part {
			return true
		}
	}
	return false
}

// changed notes that something called base changed in a watched folder.
func (w *watcher) changed(dir, base string) {
	d := w.dirs[dir]
	path := filepath.Join(d.actual, base)
	switch {
	case d.actual == "":
		return // no longer watched
	case switched(base):
		w.touchAll()
	case unwatched(base), !d.tree && !w.isInput(path):
	default:
		w.touch(path)
	}
}

// isInput reports whether a path concerns any function.
func (w *watcher) isInput(path string) bool {
	for _, k := range w.known {
		if concerns(path, k.inputs) {
			return true
		}
	}
	return false
}

// forget drops a folder that is gone or moved away, and those below it: their watches
// would go on under a name that is no longer theirs.
func (w *watcher) forget(dir string) {
	for other := range w.dirs {
		if other == dir || strings.HasPrefix(other, dir+string(filepath.Separator)) {
			w.unsubscribe(other)
		}
	}
}
