package bundle

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// metafile is the part of esbuild's account of a build that Build needs.
type metafile struct {
	Inputs map[string]struct {
		// Format is esm, cjs, or empty for a file that is neither: data, or a script
		// without imports and exports.
		Format  string `json:"format"`
		Imports []struct {
			Path string `json:"path"`
		} `json:"imports"`
	} `json:"inputs"`
}

func parseMetafile(text string) (metafile, error) {
	var m metafile
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, fmt.Errorf("esbuild's metafile: %w", err)
	}
	return m, nil
}

// entryExports reports whether the function's own module exports anything. esbuild
// lets everything be imported from a file that neither imports nor exports, because
// it may be CommonJS.
func (m metafile) entryExports() bool {
	imports := m.Inputs[entryPath].Imports
	return len(imports) > 0 && m.Inputs[imports[0].Path].Format != ""
}

// allModules reports whether everything is an ES module or data, and so may run in
// strict mode, as modules do everywhere. A CommonJS package may depend on sloppy
// mode, and modes cannot be mixed in one function, so then all of it runs so.
func (m metafile) allModules() bool {
	for file, in := range m.Inputs {
		if in.Format != "esm" && !strings.HasPrefix(file, "(disabled):") && !isData(file) {
			return false
		}
	}
	return true
}

// isData reports whether a file holds data, which esbuild turns into a module
// itself.
func isData(file string) bool {
	return filepath.Ext(file) == ".json" || isText(file)
}

// isText reports whether a file is imported as a string.
func isText(file string) bool {
	switch filepath.Ext(file) {
	case ".css", ".html", ".md", ".txt":
		return true
	}
	return false
}
