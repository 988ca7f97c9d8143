package webapi

import (
	"strings"
	"unicode/utf8"
)

const replacement = "\uFFFD"

// DecodeUTF8 decodes as the Encoding Standard does: each maximal part of a character
// that cannot go on becomes one U+FFFD. A byte order mark is kept. The result shares
// no memory with in.
func DecodeUTF8(in []byte) string {
	if utf8.Valid(in) {
		return string(in)
	}
	text, _, _ := appendUTF8(in, true)
	return text
}

// appendUTF8 decodes in. rest is the unfinished character at the end, which is
// replaced too where last is set; ok tells that nothing had to be replaced.
func appendUTF8(in []byte, last bool) (text string, rest []byte, ok bool) {
	ok = true
	var b strings.Builder
	b.Grow(len(in))
	for len(in) > 0 {
		n := validPrefix(in)
		b.Write(in[:n])
		in = in[n:]
		if len(in) == 0 {
			break
		}
		n, open := partial(in)
		if open && !last {
			return b.String(), in, ok
		}
		ok = false
		b.WriteString(replacement)
		in = in[n:]
	}
	return b.String(), nil, ok
}

// validPrefix returns how many bytes of in are whole characters.
func validPrefix(in []byte) int {
	n := 0
	for n < len(in) {
		if in[n] < utf8.RuneSelf {
			n++
			continue
		}
		r, size := utf8.DecodeRune(in[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// partial returns how many bytes at the start of in could begin a character that
// then does not go on, at least one; open tells that in ended too early to know.
func partial(in []byte) (n int, open bool) {
	var need int
	low, high := byte(0x80), byte(0xbf)
	switch c := in[0]; {
	case c >= 0xc2 && c <= 0xdf:
		need = 1
	case c >= 0xe0 && c <= 0xef:
		need = 2
		switch c {
		case 0xe0:
			low = 0xa0
		case 0xed:
			high = 0x9f
		}
	case c >= 0xf0 && c <= 0xf4:
		need = 3
		switch c {
		case 0xf0:
			low = 0x90
		case 0xf4:
			high = 0x8f
		}
	default:
		return 1, false
	}
	for n = 1; n <= need; n++ {
		if n == len(in) {
			return n, true
		}
		if in[n] < low || in[n] > high {
			return n, false
		}
		low, high = 0x80, 0xbf
	}
	return n, false
}
