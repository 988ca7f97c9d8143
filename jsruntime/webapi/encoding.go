package webapi

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/transform"
)

// maxLabel bounds the label of an encoding, in bytes; the longest has 19.
const maxLabel = 64

// encodingName returns the encoding that a label of the Encoding Standard names.
func encodingName(label string) (string, error) {
	trimmed := strings.Trim(label, "\t\n\f\r ")
	// A vertical tab is white space to htmlindex, and none in the standard.
	if len(trimmed) <= maxLabel && isASCII(trimmed) && !strings.Contains(trimmed, "\v") {
		if e, err := htmlindex.Get(trimmed); err == nil {
			if name, err := htmlindex.Name(e); err == nil && name != "replacement" {
				return name, nil
			}
		}
	}
	if len(label) > maxLabel {
		label = label[:maxLabel]
	}
	return "", rangeError("TextDecoder: %q is no label of a supported encoding", strings.ToValidUTF8(label, replacement))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// decodeText decodes in. text is the encoding's name, a line break and flags: f for
// fatal, s where more follows, c where in begins with what was out the last time. With s out
// is what must stand before the bytes that follow: an unfinished character, and the state of
// an encoding that has one.
func decodeText(text string, in []byte) (decoded string, out []byte, err error) {
	name, flags, _ := strings.Cut(text, "\n")
	fatal := strings.Contains(flags, "f")
	last := !strings.Contains(flags, "s")
	var ok bool
	switch name {
	case "utf-8":
		decoded, out, ok = appendUTF8(in, last)
	case "utf-16le":
		decoded, out, ok = decodeUTF16(in, binary.LittleEndian, last)
	case "utf-16be":
		decoded, out, ok = decodeUTF16(in, binary.BigEndian, last)
	case "gb18030", "gbk":
		decoded, out, ok, err = decodeGB18030(in, last)
	case "iso-2022-jp":
		decoded, out, ok = decodeISO2022JP(in, strings.Contains(flags, "c"), last)
	default:
		decoded, out, ok, err = decodeLegacy(name, in, last)
	}
	switch {
	case err != nil:
		return "", nil, err
	case !ok && fatal:
		return "", nil, typeError("TextDecoder: the bytes are not valid %s", name)
	}
	return decoded, clone(out), nil
}

func clone(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return append([]byte(nil), b...)
}

func decodeUTF16(in []byte, order binary.ByteOrder, last bool) (text string, rest []byte, ok bool) {
	ok = true
	var b strings.Builder
	b.Grow(len(in))
	for len(in) >= 2 {
		r := rune(order.Uint16(in))
		if !utf16.IsSurrogate(r) {
			b.WriteRune(r)
			in = in[2:]
			continue
		}
		if r < 0xdc00 && len(in) < 4 && !last {
			break
		}
		if len(in) >= 4 {
			if pair := utf16.DecodeRune(r, rune(order.Uint16(in[2:]))); pair != 0xfffd {
				b.WriteRune(pair)
				in = in[4:]
				continue
			}
		}
		// A lone surrogate at the end may be followed by half a unit: one error.
		ok = false
		b.WriteString(replacement)
		if r < 0xdc00 && len(in) == 3 {
			in = nil
			break
		}
		in = in[2:]
	}
	if last && len(in) > 0 {
		b.WriteString(replacement)
		return b.String(), nil, false
	}
	return b.String(), in, ok
}

// decodeLegacy decodes what golang.org/x/text knows; ok tells that nothing had to be
// replaced.
func decodeLegacy(name string, in []byte, last bool) (text string, rest []byte, ok bool, err error) {
	table := name
	if name == "iso-8859-8-i" {
		table = "iso-8859-8" // the same bytes: they differ in the direction of the text
	}
	e, err := htmlindex.Get(table)
	if err != nil {
		return "", nil, false, rangeError("TextDecoder: %q is no encoding", name)
	}
	if single, is := e.(*charmap.Charmap); is {
		text, ok = decodeSingle(single, in)
		return text, nil, ok, nil
	}
	used, text, err := transformAll(e.NewDecoder(), in, last)
	if err != nil {
		return "", nil, false, &Error{Name: "TypeError", Message: "TextDecoder: the bytes cannot be decoded", Err: err}
	}
	// None of these encodings has U+FFFD: its presence is an error.
	ok = !strings.Contains(text, replacement)
	if last {
		return text, nil, ok, nil
	}
	return text, in[used:], ok, nil
}

// decodeSingle decodes an encoding with one byte for each character. The standard's
// tables have the control characters where those of x/text have nothing.
func decodeSingle(m *charmap.Charmap, in []byte) (text string, ok bool) {
	ok = true
	var b strings.Builder
	b.Grow(len(in))
	for _, c := range in {
		r := m.DecodeByte(c)
		if r == utf8.RuneError {
			if c >= 0x80 && c <= 0x9f {
				r = rune(c)
			} else {
				ok = false
			}
		}
		b.WriteRune(r)
	}
	return b.String(), ok
}

// transformAll runs a decoder over in; used is what it took.
func transformAll(d *encoding.Decoder, in []byte, last bool) (used int, text string, err error) {
	var b strings.Builder
	buf := make([]byte, min(max(3*len(in), 64), 64<<10))
	for {
		n, took, err := d.Transform(buf, in[used:], last)
		b.Write(buf[:n])
		used += took
		switch {
		case err == nil, errors.Is(err, transform.ErrShortSrc):
			return used, b.String(), nil
		case errors.Is(err, transform.ErrShortDst) && (n > 0 || took > 0):
		default:
			return used, "", err
		}
	}
}
