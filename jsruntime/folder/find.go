package folder

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// Found is one function that Find found: where it stands, or why it can be none.
type Found struct {
	Name string
	// Entry is the path of its module, Manifest that of its manifest, "" where it has none.
	Entry, Manifest string
	// Err says why it can be none, or what stands in the wrong place beside it.
	Err error

	dir string
}

// Find returns the functions at path, sorted by name: that of a file, that of a
// function's own folder, or all of a folder of functions. It reads no file of theirs. The
// error is about path as a whole.
func Find(path string) ([]Found, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("folder: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("folder: %w", err)
	}
	dir, only := path, ""
	switch {
	case !info.IsDir() && !slices.Contains(scriptExtensions(), filepath.Ext(path)):
		return nil, fmt.Errorf("folder: %s is no script: a function is a file that ends in %s, or a folder with an index file", path, strings.Join(scriptExtensions(), ", "))
	case !info.IsDir():
		dir, only = filepath.Dir(path), strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		if only == "index" {
			dir, only = filepath.Dir(dir), filepath.Base(dir)
		}
	case isFunctionDir(path):
		dir, only = filepath.Dir(path), filepath.Base(path)
	}
	l, err := readLayout(dir)
	if err != nil {
		return nil, err
	}
	names := slices.Collect(maps.Keys(l.places))
	for name := range l.errs {
		if _, both := l.places[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var found []Found
	for _, name := range names {
		if only == "" || name == only {
			p := l.places[name]
			found = append(found, Found{Name: name, Entry: p.entry, Manifest: p.manifest, Err: l.errs[name], dir: dir})
		}
	}
	switch {
	case len(found) > 0 && (info.IsDir() || !errors.Is(found[0].Err, function.ErrInvalidName)):
		return found, nil
	case only != "" && !info.IsDir(): // a name that a folder would ignore, or that is no function's
		f := Found{Name: only, Entry: path, dir: dir}
		if manifest := filepath.Join(dir, only+".yaml"); isFile(manifest) {
			f.Manifest = manifest
		}
		return []Found{f}, nil
	default:
		return nil, fmt.Errorf("folder: there is no function in %s: one is NAME.ts or NAME.js, or NAME/index.ts", path)
	}
}

// isFunctionDir reports whether a folder is one function's.
func isFunctionDir(path string) bool {
	return slices.ContainsFunc(scriptExtensions(), func(ext string) bool { return isFile(filepath.Join(path, "index"+ext)) })
}

// Source is what a function is made of.
type Source struct {
	// Text is that of the manifest, and Manifest what it says; the default where there is
	// none.
	Text     []byte
	Manifest function.Manifest
	Bundle   *bundle.Bundle
}

// Build reads the manifest and bundles the function under this name. Faults of both are
// reported together.
func (f Found) Build(ctx context.Context, name string) (Source, error) {
	if f.Err != nil {
		return Source{}, f.Err
	}
	var s Source
	m, err := readManifest(f.dir, f.Manifest)
	b, buildErr := bundle.Build(ctx, bundle.Options{Name: name, Entry: f.Entry, Dir: f.dir})
	if err := errors.Join(err, buildErr); err != nil {
		return Source{}, err
	}
	if f.Manifest != "" {
		if s.Text, err = os.ReadFile(f.Manifest); err != nil {
			return Source{}, fmt.Errorf("folder: manifest: %w", err)
		}
		// The text is what is passed on, so it is what counts.
		if m, err = function.ParseManifest(relative(f.dir, f.Manifest), s.Text); err != nil {
			return Source{}, err
		}
	}
	s.Manifest, s.Bundle = m, b
	return s, nil
}

// ReadManifest reads what the function's manifest says: the default where it has none.
func (f Found) ReadManifest() (function.Manifest, error) { return readManifest(f.dir, f.Manifest) }
