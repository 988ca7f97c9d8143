// Package report writes tables and amounts for people to read and to paste into the
// documentation.
package report

import (
	"fmt"
	"io"
	"strings"
)

// Table writes a Markdown table row by row, so that a long run shows how far it is.
// The first error of the writer is kept, and ends it.
type Table struct {
	w   io.Writer
	err error
}

// NewTable writes the heads of the columns.
func NewTable(w io.Writer, heads ...string) *Table {
	t := &Table{w: w}
	t.row(heads)
	t.row(strings.Split(strings.Repeat("---\n", len(heads)-1)+"---", "\n"))
	return t
}

// Row writes a row; %v says how a cell looks.
func (t *Table) Row(cells ...any) {
	texts := make([]string, len(cells))
	for n, c := range cells {
		texts[n] = fmt.Sprint(c)
	}
	t.row(texts)
}

func (t *Table) row(cells []string) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, "| %s |\n", strings.Join(cells, " | "))
	}
}

// Err returns the writer's first error.
func (t *Table) Err() error { return t.err }

// MB is an amount of bytes, written in megabytes of a million bytes.
type MB int64

// String implements fmt.Stringer.
func (b MB) String() string { return fmt.Sprintf("%.1f MB", float64(b)/1e6) }

// KB is an amount of bytes, written in kilobytes of a thousand bytes.
type KB int64

// String implements fmt.Stringer.
func (b KB) String() string { return fmt.Sprintf("%.1f KB", float64(b)/1e3) }
