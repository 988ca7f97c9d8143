package folder

import (
	"path/filepath"
	"slices"
	"strings"
)

// changes are the paths that changed since they were last acted on, absolute and
// without symbolic links.
type changes struct {
	paths map[string]bool
	// all means that anything may have changed.
	all bool
}

// affects reports whether any of the changes concerns a function that was made of the
// inputs.
func (c changes) affects(inputs []string) bool {
	if c.all {
		return true
	}
	for path := range c.paths {
		if concerns(path, inputs) {
			return true
		}
	}
	return false
}

// concerns reports whether a change of path may change what was made of inputs: path
// is one of them, or a folder above one, or would be found in place of one, or says
// how the files below its folder are to be read.
func concerns(path string, inputs []string) bool {
	module := moduleOf(path)
	below := path + string(filepath.Separator)
	if governs(filepath.Base(path)) {
		below = strings.TrimSuffix(filepath.Dir(path), string(filepath.Separator)) + string(filepath.Separator)
	}
	return slices.ContainsFunc(inputs, func(input string) bool {
		return strings.HasPrefix(input, below) || moduleOf(input) == module
	})
}

// moduleOf returns what an import may call a file: its path without extension, and
// that of its folder for an index file. Files of one module hide one another: with
// x.js imported as "./x", a new x.ts, x/index.js or x.json takes its place.
func moduleOf(path string) string {
	path = strings.TrimSuffix(path, filepath.Ext(path))
	return strings.TrimSuffix(path, string(filepath.Separator)+"index")
}

// governs reports whether a file says how the files below its folder are read.
func governs(name string) bool {
	switch name {
	case "package.json", "jsconfig.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb":
		return true
	}
	return strings.HasPrefix(name, "tsconfig") && strings.HasSuffix(name, ".json")
}
