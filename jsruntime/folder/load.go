package folder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/yamlcheck"
)

// loaded is what came of loading a function.
type loaded struct {
	fn  *bundle.Function // nil with an error
	err error
	// inputs are the files it was made of, as absolute paths without symbolic links.
	inputs []string
}

// load reads a manifest and bundles a function. Faults of both are reported together.
func load(ctx context.Context, dir, name string, p place, defaults function.Limits) loaded {
	m, err := readManifest(dir, p.manifest)
	b, buildErr := bundle.Build(ctx, bundle.Options{Name: name, Entry: p.entry, Dir: dir})
	l := loaded{inputs: inputsOf(p, b, buildErr)}
	if l.err = errors.Join(err, buildErr); l.err != nil {
		return l
	}
	l.fn, l.err = bundle.NewFunction(name, m, defaults, b)
	return l
}

// readManifest reads a manifest; an empty path is that of a function without one.
func readManifest(dir, path string) (function.Manifest, error) {
	if path == "" {
		return function.DefaultManifest(), nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return function.Manifest{}, fmt.Errorf("folder: manifest: %w", err)
	}
	if info.Size() > yamlcheck.MaxSize {
		return function.Manifest{}, fmt.Errorf("folder: manifest %s has %d bytes, the most is %d", relative(dir, path), info.Size(), yamlcheck.MaxSize)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return function.Manifest{}, fmt.Errorf("folder: manifest: %w", err)
	}
	return function.ParseManifest(relative(dir, path), data)
}

// inputsOf lists the files of a function, as far as they are known.
func inputsOf(p place, b *bundle.Bundle, err error) []string {
	files := []string{p.entry}
	if p.manifest != "" {
		files = append(files, p.manifest)
	}
	// Both as they are named here and as they are on disk: either may be replaced.
	for _, file := range files {
		if actual, err := filepath.EvalSymlinks(file); err == nil && actual != file {
			files = append(files, actual)
		}
	}
	var failed *bundle.BuildError
	switch {
	case b != nil:
		files = append(files, b.Inputs...)
	case errors.As(err, &failed):
		files = append(files, failed.Inputs...)
	}
	return files
}

// loadAll loads functions, some at a time, and returns when all are done.
func loadAll(ctx context.Context, dir string, places map[string]place, defaults function.Limits) map[string]loaded {
	var (
		mu   sync.Mutex
		all  sync.WaitGroup
		done = make(map[string]loaded, len(places)) // guarded by mu
		free = make(chan struct{}, runtime.GOMAXPROCS(0))
	)
	for name, p := range places {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			l := load(ctx, dir, name, p, defaults)
			mu.Lock()
			defer mu.Unlock()
			done[name] = l
		})
	}
	all.Wait()
	return done
}
