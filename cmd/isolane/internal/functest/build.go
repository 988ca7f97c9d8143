package functest

import (
	"context"
	"crypto/sha256"
	_ "embed" // the library
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/folder"
	"github.com/isolane/isolane/jsruntime/function"
)

// Module is what tests import.
const Module = "isolane/test"

// entryFile is what stacks call the module that runs a file of tests.
const entryFile = "isolane-test-entry.ts"

//go:embed library.js
var library string

// build makes a function of a file of tests: one that runs them when it is called.
func build(ctx context.Context, p Place, wall time.Duration, defaults function.Limits) (*bundle.Function, error) {
	file, err := filepath.Abs(p.File)
	if err != nil {
		return nil, err
	}
	root, err := filepath.Abs(p.Root)
	if err != nil {
		return nil, err
	}
	relative, err := filepath.Rel(root, file)
	if err != nil {
		return nil, err
	}
	quoted, err := json.Marshal("./" + filepath.ToSlash(relative))
	if err != nil {
		return nil, err
	}
	name := nameOf(file, root)
	b, err := bundle.Build(ctx, bundle.Options{
		Name: name, Dir: root, Modules: map[string]string{Module: library},
		Source: &bundle.Source{File: entryFile, Contents: fmt.Sprintf(
			"import { run } from %q;\nexport default (msg, ctx) => run(() => import(%s), msg, ctx);\n", Module, quoted)},
	})
	if err != nil {
		return nil, err
	}
	m, err := manifest(p, wall)
	if err != nil {
		return nil, err
	}
	return bundle.NewFunction(name, m, defaults, b)
}

// nameOf is what logs call the tests: hello-test, where that is a name and nobody else's.
func nameOf(file, root string) string {
	stem := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	name := strings.ReplaceAll(stem, ".", "-")
	if function.ValidateName(name) == nil && !hasScript(root, name) && !hasScript(filepath.Join(root, name), "index") {
		return name
	}
	sum := sha256.Sum256([]byte(file))
	return "test-" + hex.EncodeToString(sum[:8])
}

// manifest is that of the function, with time for all tests of the file, and leave to call
// the function as others do.
func manifest(p Place, wall time.Duration) (function.Manifest, error) {
	m := function.DefaultManifest()
	if p.Function != "" {
		found, err := folder.Find(filepath.Join(p.Root))
		if err != nil {
			return m, err
		}
		if i := slices.IndexFunc(found, func(f folder.Found) bool { return f.Name == p.Function }); i >= 0 {
			if m, err = found[i].ReadManifest(); err != nil {
				return m, err
			}
		}
		m.Permissions.NATS.Request = append(slices.Clone(m.Permissions.NATS.Request), "fn."+p.Function, "fn."+p.Function+".>")
	}
	// What says when it runs, and with whom, is the function's own.
	m.Schedule, m.Stream, m.Dedicated, m.Isolation, m.Idempotent = nil, nil, false, function.PerContext, false
	m.Limits.Wall, m.Limits.CPU = wall, wall
	return m, nil
}
