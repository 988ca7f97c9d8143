package main

import (
	"io"
	"os"

	"github.com/isolane/isolane/cmd/isolane/internal/pretty"
)

// colour is an SGR parameter.
type colour string

// The colours in use.
const (
	red    colour = "31"
	green  colour = "32"
	yellow colour = "33"
	bold   colour = "1"
	dim    colour = "2"
)

// painter returns a function that colours text for w: not at all where w is no
// terminal, where NO_COLOR is set (https://no-color.org), or where TERM is dumb.
func painter(std streams, w io.Writer) func(c colour, text string) string {
	if std.getenv("NO_COLOR") != "" || std.getenv("TERM") == "dumb" || !isTerminal(w) {
		return func(_ colour, text string) string { return text }
	}
	return func(c colour, text string) string { return "\033[" + string(c) + "m" + text + "\033[0m" }
}

// stylist is painter for package pretty.
func stylist(std streams, w io.Writer) pretty.Paint {
	paint := painter(std, w)
	return func(style, text string) string { return paint(colour(style), text) }
}

// isTerminal reports whether w is a terminal: a character device that is not
// /dev/null.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
