package bundle

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/isolane/isolane/jsruntime/function"
)

// DefaultMaxSize is the largest script that Build makes where Options name none,
// in bytes.
const DefaultMaxSize = 16 << 20

// Options say what Build bundles: a file (Entry) or a text (Source).
type Options struct {
	// Name is the function's name; it gives the bundle its Origin.
	Name string
	// Entry is the path of the module on disk; empty where Source is given.
	Entry string
	// Source is the module as a text; nil where Entry is given.
	Source *Source
	// Dir is the folder that messages and stacks name files relative to, and that
	// the imports of a Source are looked up from. Empty means the folder of Entry;
	// a Source without Dir can import nothing.
	Dir string
	// Modules are modules in JavaScript that are not on disk, by the name that they are
	// imported with. They import one another, and nothing else.
	Modules map[string]string
	// MaxSize bounds the script and each file that goes into it, in bytes; zero
	// means DefaultMaxSize. All files together may be eight times as large.
	MaxSize int
}

// Source is a module that is not on disk.
type Source struct {
	// File is what messages and stacks call it; empty means the function's name and
	// the loader's extension.
	File string
	// Contents is the text, in UTF-8.
	Contents string
	// Loader says what language it is; the zero value is TypeScript.
	Loader Loader
}

// Loader names the language of a Source.
type Loader uint8

// The languages of a Source.
const (
	TypeScript Loader = iota
	TSX
	JavaScript
	JSX
)

func (l Loader) extension() string {
	switch l {
	case TSX:
		return ".tsx"
	case JavaScript:
		return ".js"
	case JSX:
		return ".jsx"
	case TypeScript:
	}
	return ".ts"
}

func (l Loader) esbuild() api.Loader {
	switch l {
	case TSX:
		return api.LoaderTSX
	case JavaScript:
		return api.LoaderJS
	case JSX:
		return api.LoaderJSX
	case TypeScript:
	}
	return api.LoaderTS
}

// Origin returns the name under which the bundle of a function is compiled.
func Origin(name string) string { return "fn:" + name }

// resolved checks the options and fills in what they leave out. Paths become
// absolute and lose their symbolic links, because esbuild reports files so.
func (o Options) resolved() (Options, error) {
	if err := function.ValidateName(o.Name); err != nil {
		return o, fmt.Errorf("bundle: %w", err)
	}
	if (o.Entry == "") == (o.Source == nil) {
		return o, fmt.Errorf("bundle: function %s: %w", o.Name, errEntryOrSource)
	}
	if o.MaxSize < 0 {
		return o, fmt.Errorf("bundle: function %s: negative MaxSize %d", o.Name, o.MaxSize)
	}
	if o.MaxSize == 0 {
		o.MaxSize = DefaultMaxSize
	}
	var err error
	if o.Source != nil {
		source := *o.Source
		if source.File == "" {
			source.File = o.Name + source.Loader.extension()
		}
		if !filepath.IsLocal(filepath.FromSlash(source.File)) {
			return o, fmt.Errorf("bundle: function %s: the source's file name %q leaves the folder", o.Name, source.File)
		}
		o.Source = &source
		if o.Dir == "" {
			return o, nil
		}
	} else if o.Entry, err = real(o.Entry); err != nil {
		return o, fmt.Errorf("bundle: function %s: %w", o.Name, err)
	}
	if o.Dir == "" {
		o.Dir = filepath.Dir(o.Entry)
	}
	if o.Dir, err = real(o.Dir); err != nil {
		return o, fmt.Errorf("bundle: function %s: %w", o.Name, err)
	}
	return o, nil
}

var errEntryOrSource = errors.New("give either an entry or a source")

// real returns the absolute path without symbolic links.
func real(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}
