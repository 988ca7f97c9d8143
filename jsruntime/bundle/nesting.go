package bundle

import "bytes"

// maxNesting bounds how deep brackets nest in one file. esbuild parses by
// recursion: a file of a million brackets would overflow its stack, which ends the
// process, and the indentation of deep blocks grows with the square of their depth.
const maxNesting = 2000

// nesting estimates how deep brackets nest in a file of JavaScript or data. It skips
// comments and strings in quotation marks but knows no grammar: brackets in regular
// expressions, templates and JSX text count too. It is a guard against accidents
// and the simplest attacks, and finds neither chains of operators nor of arrows.
func nesting(src []byte) int {
	depth, deepest := 0, 0
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case '(', '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ')', ']', '}':
			depth = max(depth-1, 0)
		case '"', '\'':
			i += stringEnd(src[i+1:], c)
		case '/':
			i += commentEnd(src[i+1:])
		}
	}
	return deepest
}

// stringEnd returns how many bytes after an opening quotation mark the string ends:
// at the closing one, or, where that is missing, before the end of the line.
func stringEnd(rest []byte, quote byte) int {
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case quote:
			return i + 1
		case '\\':
			i++
		case '\n':
			return 0
		}
	}
	return 0
}

// commentEnd returns how many bytes after a slash a comment ends, or 0 where the
// slash begins none that ends.
func commentEnd(rest []byte) int {
	switch {
	case bytes.HasPrefix(rest, []byte("/")):
		return max(bytes.IndexByte(rest, '\n'), 0)
	case bytes.HasPrefix(rest, []byte("*")):
		if end := bytes.Index(rest[1:], []byte("*/")); end >= 0 {
			return 1 + end + 2
		}
	}
	return 0
}
