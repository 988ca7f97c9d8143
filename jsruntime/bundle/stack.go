package bundle

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	// MaxStack is the longest stack that MapStack maps, in bytes; the rest is cut.
	MaxStack = 64 << 10
	// hostPrefix begins the name of every script that the runtime itself compiles.
	hostPrefix = "isolane:"
)

// MapStack maps the frames of this bundle in a V8 stack to the author's files, and
// leaves out the frames of the runtime's own scripts ("isolane:...") and those of
// code that the bundler added. Everything else stays as it is: a stack is a string
// that a function may set to anything. A stack over MaxStack is cut at a line.
func (b *Bundle) MapStack(stack string) string {
	cut := ""
	if len(stack) > MaxStack {
		stack = strings.ToValidUTF8(stack[:MaxStack], "")
		if end := strings.LastIndexByte(stack, '\n'); end > 0 {
			stack = stack[:end]
		}
		cut = "\n    ..."
	}
	var out strings.Builder
	out.Grow(len(stack))
	first := true
	for line := range strings.SplitSeq(stack, "\n") {
		if frame, isFrame := frameOf(line); isFrame {
			if strings.HasPrefix(locationOf(frame), hostPrefix) {
				continue
			}
			var keep bool
			if line, keep = b.mapFrame(line); !keep {
				continue
			}
		}
		if !first {
			out.WriteByte('\n')
		}
		first = false
		out.WriteString(line)
	}
	return out.String() + cut
}

// MapLocation maps a location of this bundle, "ORIGIN:line:column", to the author's
// file. It returns "" for a location in code that no author wrote, and every other
// text as it is.
func (b *Bundle) MapLocation(loc string) string {
	if strings.HasPrefix(loc, hostPrefix) {
		return ""
	}
	line, column, length, ok := b.locationAt(loc)
	if !ok || length != len(loc) {
		return loc
	}
	if file, l, c, ok := b.Position(line, column); ok {
		return fmt.Sprintf("%s:%d:%d", file, l, c)
	}
	if b.added(line) {
		return ""
	}
	return loc
}

// frameOf returns what follows "at " in a line of a stack.
func frameOf(line string) (frame string, ok bool) {
	return strings.CutPrefix(strings.TrimLeft(line, " \t"), "at ")
}

// locationOf returns where a frame is: "f (here)", "here" or "async here".
func locationOf(frame string) string {
	if strings.HasSuffix(frame, ")") {
		if open := strings.LastIndex(frame, "("); open >= 0 {
			return frame[open+1 : len(frame)-1]
		}
	}
	return strings.TrimPrefix(frame, "async ")
}

// mapFrame replaces every location of this bundle in a frame. There is one, or more
// where eval was called. keep is false where all of them are the bundler's own.
func (b *Bundle) mapFrame(frame string) (mapped string, keep bool) {
	var out strings.Builder
	keep = true
	for rest := frame; ; {
		i := strings.Index(rest, b.Origin+":")
		if i < 0 || b.Origin == "" {
			out.WriteString(rest)
			return out.String(), keep
		}
		out.WriteString(rest[:i])
		line, column, length, ok := b.locationAt(rest[i:])
		if !ok || i > 0 && !strings.ContainsRune(" (", rune(rest[i-1])) {
			out.WriteByte(rest[i])
			rest = rest[i+1:]
			continue
		}
		if file, l, c, known := b.Position(line, column); known {
			fmt.Fprintf(&out, "%s:%d:%d", file, l, c)
			keep = true
		} else {
			out.WriteString(rest[i : i+length])
			keep = !b.added(line)
		}
		rest = rest[i+length:]
	}
}

// locationAt reads "ORIGIN:line:column" at the beginning of s, and returns its
// length.
func (b *Bundle) locationAt(s string) (line, column, length int, ok bool) {
	rest, found := strings.CutPrefix(s, b.Origin+":")
	if !found {
		return 0, 0, 0, false
	}
	line, n, ok := number(rest)
	if !ok || n == len(rest) || rest[n] != ':' {
		return 0, 0, 0, false
	}
	column, m, ok := number(rest[n+1:])
	rest = rest[min(n+1+m, len(rest)):]
	if !ok || rest != "" && !strings.ContainsRune("), \t\r", rune(rest[0])) {
		return 0, 0, 0, false
	}
	return line, column, len(s) - len(rest), true
}

// number reads the decimal digits at the beginning of s, at most nine.
func number(s string) (value, length int, ok bool) {
	for length < len(s) && length < 10 && s[length] >= '0' && s[length] <= '9' {
		length++
	}
	value, err := strconv.Atoi(s[:length])
	return value, length, err == nil && length < 10
}
