package bundle

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// foreign finds what shows that a file holds no source in UTF-8: a mark of another
// encoding, or of another kind of file. It says so in better words than a parser that
// stumbles over the first byte; Column counts bytes from 0, as esbuild does.
func foreign(src []byte) (Problem, bool) {
	at := func(message string) (Problem, bool) { return Problem{Message: message, Line: 1}, true }
	head := src[:min(len(src), 64)]
	switch {
	case bytes.HasPrefix(src, []byte("\xff\xfe")), bytes.HasPrefix(src, []byte("\xfe\xff")), halfNUL(head):
		return at("is UTF-16: save the file as UTF-8")
	case bytes.ContainsFunc(head[:min(len(head), 8)], isBinary):
		return at("is binary data, no source: a function is JavaScript or TypeScript in UTF-8")
	case isMarkup(head):
		return at("is HTML or XML, no source: a function is JavaScript or TypeScript")
	}
	if utf8.Valid(src) {
		return Problem{}, false
	}
	offset := 0
	for offset < len(src) {
		r, size := utf8.DecodeRune(src[offset:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		offset += size
	}
	begin := bytes.LastIndexByte(src[:offset], '\n') + 1
	line, _, _ := bytes.Cut(src[begin:], []byte("\n"))
	return Problem{
		Message: fmt.Sprintf("byte %#x is not UTF-8: save the file as UTF-8", src[offset]),
		Line:    1 + bytes.Count(src[:begin], []byte("\n")), Column: offset - begin,
		LineText: clipLine(strings.ToValidUTF8(string(line), "\uFFFD")),
	}, true
}

// halfNUL reports whether every other byte is NUL, as in ASCII written as UTF-16.
func halfNUL(head []byte) bool {
	const enough = 4
	if len(head) < enough {
		return false
	}
	var nul [2]int
	for i, c := range head {
		if c == 0 {
			nul[i%2]++
		}
	}
	return max(nul[0], nul[1]) >= len(head)/2 && min(nul[0], nul[1]) == 0
}

// isBinary tells what no text begins with: control characters, and what cannot be
// decoded, but not what editors write.
func isBinary(r rune) bool {
	return r == 0x7f || r < ' ' && !strings.ContainsRune("\t\n\v\f\r", r)
}

func isMarkup(head []byte) bool {
	head = bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n"))
	for _, begin := range []string{"<!doctype", "<html", "<?xml"} {
		if bytes.HasPrefix(head, []byte(begin)) {
			return true
		}
	}
	return false
}
