package bundle

import (
	"sync"
	"sync/atomic"

	"github.com/go-sourcemap/sourcemap"
)

// Bundle is a function's module and all that it imports, as one script. It is
// immutable but for Code, and safe for concurrent use; it must not be copied.
type Bundle struct {
	// Script is plain JavaScript, without NUL bytes, whose completion value is the
	// module's namespace object (module.exports).
	Script string
	// Entry is what messages call the function's own module: its path relative to
	// Options.Dir, with forward slashes.
	Entry string
	// Origin is the name under which the script is compiled; it stands in raw
	// stacks and is what Position maps from.
	Origin string
	// Digest is the SHA-256 of Script, in hex.
	Digest string
	// Warnings are esbuild's, one line each, with source location.
	Warnings []string
	// Inputs are the absolute paths of the files that went into Script, sorted,
	// without symbolic links. A Source is not among them.
	Inputs []string
	// Code is what the heavy engine made of Script when it first ran, and Bytecode what
	// the light one did.
	Code, Bytecode Code

	// sourceMap is the map as esbuild wrote it; nil where the bundle has none. It is
	// parsed when the first position is asked for, since most never are.
	sourceMap []byte
	parse     sync.Once
	consumer  *sourcemap.Consumer // nil where there is no map; set by parse
	mapped    []bool              // by line from 0: whether the map names it; set by parse

	pinning sync.Once
	pins    []string // set by pinning
	pinned  atomic.Bool
}
