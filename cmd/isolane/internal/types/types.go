package types

import (
	_ "embed" // the declarations
	"fmt"
	"os"
	"path/filepath"
)

// File is what the declarations are called, wherever they are written.
const File = "isolane.d.ts"

//go:embed isolane.d.ts
var isolane string

//go:embed test.d.ts
var test string

//go:embed web.d.ts
var web string

// TSConfig is a tsconfig.json for a folder of functions: strict, and without what browsers
// and Node.js have beside.
//
//go:embed tsconfig.json
var TSConfig string

// Declarations returns the text of isolane.d.ts. version is that of the binary, which stands
// in its first line.
func Declarations(version string) string {
	return "// What functions of Isolane find, as of " + version + ". \"isolane types\" writes this file: do not edit it.\n" +
		isolane + "\n" + test + "\n" + web
}

// Write writes the declarations into a folder, and returns the path. A file that says the
// same already is left as it is, so that no editor reads it again.
func Write(dir, version string) (string, error) {
	path, text := filepath.Join(dir, File), Declarations(version)
	if have, err := os.ReadFile(path); err == nil && string(have) == text {
		return path, nil
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // for whoever edits the functions
		return "", fmt.Errorf("write the declarations: %w", err)
	}
	return path, nil
}
