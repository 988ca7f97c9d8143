package receipt

import (
	"strconv"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// Header is the header's name.
const Header = "Isolane-Receipt"

// Format writes a receipt. trace is the id of the trace that the invocation is part of,
// where that is recorded, else "".
func Format(r function.Receipt, trace string) string {
	b := make([]byte, 0, 192)
	number := func(key string, n int64) {
		if len(b) > 0 {
			b = append(b, ", "...)
		}
		b = append(append(b, key...), '=')
		b = strconv.AppendInt(b, n, 10)
	}
	text := func(key, value string) {
		if value == "" {
			return
		}
		b = append(append(b, ", "...), key...)
		b = append(appendText(append(b, `="`...), value), '"')
	}
	number("queued", micros(r.Queued))
	if ran(r) {
		number("wall", micros(r.Wall))
		number("cpu", micros(r.CPU))
		number("io", micros(r.IO))
		if r.Heap > 0 {
			number("heap", int64(min(r.Heap, maxInteger))) //nolint:gosec // bounded
		}
		if r.Cold {
			b = append(b, ", cold=?1"...)
		} else {
			b = append(b, ", cold=?0"...)
		}
	}
	text("node", r.Node)
	if ran(r) {
		number("runtime", int64(r.Runtime))
	}
	text("version", r.Version)
	number("attempts", int64(max(r.Attempts, 0)))
	text("trace", trace)
	return string(b)
}

// ran reports whether JavaScript ran at all.
func ran(r function.Receipt) bool { return r.Runtime >= 0 && r.Attempts > 0 }

// maxInteger is the largest integer of Structured Fields (RFC 9651, 3.3.1).
const maxInteger = 999_999_999_999_999

func micros(d time.Duration) int64 { return min(max(d.Microseconds(), 0), maxInteger) }

// appendText writes a string of Structured Fields (RFC 9651, 4.1.6), without what it cannot
// hold.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c > '~':
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return b
}
