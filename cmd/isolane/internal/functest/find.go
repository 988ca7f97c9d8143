package functest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Place is a file of tests and what it stands beside.
type Place struct {
	// File is its path, as it was found.
	File string
	// Root is the folder of functions, Function the name of the one that is tested; "" where
	// the file stands beside none.
	Root, Function string
}

// Find returns the tests at paths, each a file or a folder with all that is below it, without
// node_modules and what begins with a point; sorted, and each once.
func Find(paths []string) ([]Place, error) {
	found := map[string]Place{}
	for _, path := range paths {
		none := true
		err := filepath.WalkDir(path, func(at string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir():
				if at != path && (entry.Name() == "node_modules" || strings.HasPrefix(entry.Name(), ".")) {
					return fs.SkipDir
				}
			case isTest(at):
				found[at], none = place(at), false
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("look for tests: %w", err)
		}
		if none {
			return nil, fmt.Errorf("%w in %s: a test is a file NAME.test.ts or NAME.test.js beside its function", ErrNoTests, path)
		}
	}
	places := make([]Place, 0, len(found))
	for _, p := range found {
		places = append(places, p)
	}
	slices.SortFunc(places, func(a, b Place) int { return strings.Compare(a.File, b.File) })
	return places, nil
}

// scriptExtensions are those of functions and tests.
func scriptExtensions() []string { return []string{".ts", ".mts", ".js", ".mjs", ".tsx", ".jsx"} }

func isTest(path string) bool {
	ext := filepath.Ext(path)
	return slices.Contains(scriptExtensions(), ext) && strings.HasSuffix(strings.TrimSuffix(path, ext), ".test")
}

// place says what a file of tests stands beside: hello.ts in the same folder, or the index
// file of a folder that is one function's.
func place(file string) Place {
	dir := filepath.Dir(file)
	if hasScript(dir, "index") {
		if abs, err := filepath.Abs(dir); err == nil {
			return Place{File: file, Root: filepath.Dir(abs), Function: filepath.Base(abs)}
		}
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), ".test")
	if !hasScript(dir, stem) && !hasScript(filepath.Join(dir, stem), "index") {
		stem = ""
	}
	return Place{File: file, Root: dir, Function: stem}
}

func hasScript(dir, stem string) bool {
	return slices.ContainsFunc(scriptExtensions(), func(ext string) bool {
		info, err := os.Stat(filepath.Join(dir, stem+ext))
		return err == nil && info.Mode().IsRegular()
	})
}
