package yamlcheck

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// MaxSize is the largest document that Decode looks at, in bytes.
	MaxSize = 1 << 20
	// maxFaults is how many faults an Error lists; the rest is counted.
	maxFaults = 100
)

// Document is a decoded document: what is wrong with it, and where each value
// stands. It belongs to one goroutine.
type Document struct {
	file   string
	faults []Fault
	more   int // faults beyond maxFaults
	marks  map[string]mark
}

// mark is the place of a value.
type mark struct {
	line, column int
	// ok means that the value was decoded without a fault of its own.
	ok bool
}

// Decode decodes data, which messages call file, into the struct that into points
// to. Fields that the document does not name keep their value, so into may hold
// defaults. Faults are collected in the Document; what they touch keeps its value
// too. An empty document is a document without keys.
//
// Decode panics where into is not a pointer to a struct of supported types (see
// the package comment): that is a fault of the program, not of the file.
func Decode(file string, data []byte, into any) *Document {
	doc := &Document{file: file, marks: map[string]mark{}}
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("yamlcheck: Decode into %T: want a pointer to a struct", into))
	}
	checkType(v.Elem().Type(), map[reflect.Type]bool{})

	root, ok := doc.parse(data)
	if !ok || root == nil {
		return doc
	}
	d := &decoder{doc: doc, root: v.Elem().Type(), budget: maxNodes}
	d.value(root, v.Elem(), "")
	return doc
}

// Set reports whether the document gives path a value that was decoded. It is
// false for a key that is absent, that has no value, or whose own value is at
// fault; a list stays set where one of its elements is at fault.
func (d *Document) Set(path string) bool { return d.marks[path].ok }

// Position returns where the value of path stands, both counted from 1. ok is
// false where the document does not name path.
func (d *Document) Position(path string) (line, column int, ok bool) {
	m, ok := d.marks[path]
	return m.line, m.column, ok
}

// Faultf adds a fault at the place of path or, where the document does not name
// path, of the nearest key above it. The message is prefixed with path.
func (d *Document) Faultf(path, format string, args ...any) {
	at := mark{line: 1, column: 1}
	for p := path; ; p = parent(p) {
		if m, ok := d.marks[p]; ok {
			at = m
			break
		}
		if p == "" {
			break
		}
	}
	d.add(at.line, at.column, path, fmt.Sprintf(format, args...))
}

// Faults returns the faults so far, ordered by their place. Beyond a hundred they
// are counted in a last one.
func (d *Document) Faults() []Fault {
	out := slices.Clone(d.faults)
	slices.SortStableFunc(out, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if d.more > 0 {
		last := out[len(out)-1]
		last.Message = fmt.Sprintf("and %d more faults", d.more)
		out = append(out, last)
	}
	return out
}

// Err returns an *Error with all faults, or nil where there is none.
func (d *Document) Err() error {
	if len(d.faults) == 0 {
		return nil
	}
	return &Error{Faults: d.Faults()}
}

func (d *Document) add(line, column int, path, message string) {
	if len(d.faults) == maxFaults {
		d.more++
		return
	}
	if path != "" {
		message = path + ": " + message
	}
	d.faults = append(d.faults, Fault{File: d.file, Line: line, Column: column, Message: oneLine(message)})
}

// at adds a fault at a node.
func (d *Document) at(n *yaml.Node, path, format string, args ...any) {
	d.add(max(n.Line, 1), max(n.Column, 1), path, fmt.Sprintf(format, args...))
}

// parent cuts the last step off a path: "a.b[1]" becomes "a.b", then "a", then "".
func parent(path string) string {
	if i := strings.LastIndexAny(path, ".["); i > 0 {
		return path[:i]
	}
	return ""
}
