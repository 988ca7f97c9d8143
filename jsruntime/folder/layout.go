package folder

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/isolane/isolane/jsruntime/function"
)

var (
	// ErrDuplicate is wrapped by the error of a name that several files claim.
	ErrDuplicate = errors.New("several files claim the name")
	// ErrOrphan is wrapped by the error of a manifest without a function.
	ErrOrphan = errors.New("manifest without a function")
	// ErrMisplaced is wrapped by the error of a manifest that would not be read.
	ErrMisplaced = errors.New("manifest in the wrong place")
)

// place is where a function stands, as absolute paths.
type place struct {
	entry    string
	manifest string // "" where there is none
}

// layout is what a folder holds: places and errors by the function's name. A name may
// have both: a function with a manifest in the wrong place.
type layout struct {
	dir    string
	places map[string]place
	errs   map[string]error
}

// scriptExtensions are those of a function's own module. None comes before another:
// two files of one name are an error.
func scriptExtensions() []string { return []string{".ts", ".mts", ".js", ".mjs", ".tsx", ".jsx"} }

// readLayout looks through dir, without reading any file. The error is that of the
// folder itself.
func readLayout(dir string) (layout, error) {
	l := layout{dir: dir, places: map[string]place{}, errs: map[string]error{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return l, fmt.Errorf("folder: %w", err)
	}
	claims := map[string][]place{} // by name
	manifests := map[string]string{}
	for _, entry := range entries {
		name := entry.Name()
		path := filepath.Join(dir, name)
		info, err := os.Stat(path) // follows links, as ConfigMaps have them
		if err != nil || ignored(name) {
			continue // gone again, or a link to nothing
		}
		stem, ext := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
		switch {
		case info.IsDir():
			claims[name] = append(claims[name], l.readFunctionDir(name)...)
		case !info.Mode().IsRegular():
		case ext == ".yaml" || ext == ".yml":
			manifests[name] = stem
		case slices.Contains(scriptExtensions(), ext) && !companion(name):
			claims[stem] = append(claims[stem], place{entry: path})
		}
	}
	for name, claimed := range claims {
		l.settle(name, claimed)
	}
	for _, file := range slices.Sorted(maps.Keys(manifests)) {
		l.assign(file, manifests[file])
	}
	return l, nil
}

// ignored reports whether a name in the folder is no function's.
func ignored(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "node_modules"
}

// companion reports whether a script only goes with another: a test, a declaration.
func companion(file string) bool {
	stem := strings.TrimSuffix(file, filepath.Ext(file))
	return strings.HasSuffix(stem, ".test") || strings.HasSuffix(stem, ".spec") || strings.HasSuffix(stem, ".d")
}

// readFunctionDir returns the index files of a folder, none where it is no function.
func (l *layout) readFunctionDir(name string) []place {
	path := filepath.Join(l.dir, name)
	manifest := filepath.Join(path, "function.yaml")
	hasManifest := isFile(manifest)
	if !hasManifest {
		manifest = ""
	}
	var found []place
	for _, ext := range scriptExtensions() {
		if entry := filepath.Join(path, "index"+ext); isFile(entry) {
			found = append(found, place{entry: entry, manifest: manifest})
		}
	}
	switch misnamed := isFile(filepath.Join(path, "function.yml")); {
	case len(found) == 0 && hasManifest:
		l.fail(name, fmt.Errorf("%w: %s/function.yaml has no index.ts or index.js beside it", ErrOrphan, name))
	case len(found) > 0 && misnamed:
		l.fail(name, fmt.Errorf("%w: %s/function.yml: call it function.yaml", ErrMisplaced, name))
	}
	return found
}

// settle gives a name to the one file that claims it.
func (l *layout) settle(name string, claimed []place) {
	if len(claimed) == 0 {
		return
	}
	if err := function.ValidateName(name); err != nil {
		l.fail(name, fmt.Errorf("%s: %w; a name that begins with _ is no function", l.relative(claimed[0].entry), err))
		return
	}
	if len(claimed) > 1 {
		files := make([]string, len(claimed))
		for i, c := range claimed {
			files[i] = l.relative(c.entry)
		}
		slices.Sort(files)
		l.fail(name, fmt.Errorf("%w %s: %s: keep one", ErrDuplicate, name, strings.Join(files, " and ")))
		return
	}
	l.places[name] = claimed[0]
}

// assign gives a manifest in the folder to the function beside it.
func (l *layout) assign(file, name string) {
	p, found := l.places[name]
	inDir := found && filepath.Dir(p.entry) != l.dir
	switch _, failed := l.errs[name]; {
	case found && inDir:
		l.fail(name, fmt.Errorf("%w: %s: the manifest of %s is %s/function.yaml", ErrMisplaced, file, l.relative(p.entry), name))
	case found && filepath.Ext(file) == ".yml":
		l.fail(name, fmt.Errorf("%w: %s: call it %s.yaml", ErrMisplaced, file, name))
	case found:
		p.manifest = filepath.Join(l.dir, file)
		l.places[name] = p
	case failed || filepath.Ext(file) == ".yml" || foreignYAML(name):
	default:
		l.fail(name, fmt.Errorf("%w: %s has no %s.ts or %s.js beside it", ErrOrphan, file, name, name))
	}
}

// foreignYAML reports whether a YAML file belongs to another tool.
func foreignYAML(name string) bool {
	switch name {
	case "isolane", "pnpm-lock", "pnpm-workspace", "docker-compose", "compose":
		return true
	}
	return false
}

func (l *layout) fail(name string, err error) {
	l.errs[name] = errors.Join(l.errs[name], err)
}

func (l *layout) relative(path string) string { return relative(l.dir, path) }

func relative(dir, path string) string {
	if rel, err := filepath.Rel(dir, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return path
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
