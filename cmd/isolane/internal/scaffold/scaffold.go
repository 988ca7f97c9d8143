package scaffold

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/isolane/isolane/cmd/isolane/internal/types"
	"github.com/isolane/isolane/jsruntime/function"
)

//go:embed files
var files embed.FS

// ErrExists is wrapped by Write's error where a file of the function is there already.
var ErrExists = errors.New("is there already")

// Options say what is written.
type Options struct {
	// Name is the function's, Dir the folder that it is written into, "" the one at hand.
	Name, Dir string
	// JavaScript writes that, and not TypeScript.
	JavaScript bool
	// Version is that of the binary; it stands in the declarations.
	Version string
}

// Validate says what is wrong with the name.
func (o Options) Validate() error { return function.ValidateName(o.Name) }

// Write writes the files and returns their paths. Where one of the function's own files is
// there, or a folder of its name, it writes nothing, and the error wraps ErrExists.
func Write(o Options) ([]string, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	ext := ".ts"
	if o.JavaScript {
		ext = ".js"
	}
	if err := vacant(o); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(o.Dir, "."), 0o755); err != nil { //nolint:gosec // a folder of sources
		return nil, fmt.Errorf("make the folder of functions: %w", err)
	}
	var made []string
	for _, f := range []struct{ from, to string }{
		{"function" + ext + ".txt", o.Name + ext}, {"manifest.yaml.txt", o.Name + ".yaml"}, {"test" + ext + ".txt", o.Name + ".test" + ext},
	} {
		text, err := files.ReadFile("files/" + f.from)
		if err != nil {
			return made, err
		}
		path := filepath.Join(o.Dir, f.to)
		if err := create(path, strings.ReplaceAll(string(text), "NAME", o.Name)); err != nil {
			return made, err
		}
		made = append(made, path)
	}
	for name, text := range map[string]string{types.File: types.Declarations(o.Version), "tsconfig.json": types.TSConfig} {
		path := filepath.Join(o.Dir, name)
		switch err := create(path, text); {
		case errors.Is(err, fs.ErrExist): // of another function's init, or the user's own
		case err != nil:
			return made, err
		default:
			made = append(made, path)
		}
	}
	return made, nil
}

// vacant looks for whatever would be the same function.
func vacant(o Options) error {
	for _, ext := range []string{"", ".ts", ".mts", ".js", ".mjs", ".tsx", ".jsx", ".yaml", ".test.ts", ".test.js"} {
		path := filepath.Join(o.Dir, o.Name+ext)
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s %w: take another name, or move it away", path, ErrExists)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look for a function of that name: %w", err)
		}
	}
	return nil
}

// create writes a file that is not there.
func create(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // a source
	if err != nil {
		return fmt.Errorf("write a file of the function: %w", err)
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}
