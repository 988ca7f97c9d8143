package webapi

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
)

// jpMode is what the bytes of ISO-2022-JP stand for, as the last escape sequence said.
type jpMode byte

const (
	jpASCII jpMode = iota
	jpRoman
	jpKatakana
	jpTwoBytes
)

// jpDecoder is the decoder of ISO-2022-JP of the Encoding Standard (12.2.1); x/text's takes escape
// sequences that stand for nothing, and control characters, which may hide text from who looks for it.
type jpDecoder struct {
	out  strings.Builder
	mode jpMode
	// idle says that an escape sequence was the last thing that came: another one is an error.
	idle  bool
	ok    bool
	table *encoding.Decoder
}

// decodeISO2022JP decodes in; rest is what must stand before what follows, and is then carried: a
// byte that has the state, and an unfinished character.
func decodeISO2022JP(in []byte, carried, last bool) (text string, rest []byte, ok bool) {
	const idleBit = 0x10
	d := jpDecoder{ok: true, table: japanese.EUCJP.NewDecoder()}
	if carried && len(in) > 0 {
		d.mode, d.idle = jpMode(in[0]&^idleBit), in[0]&idleBit != 0
		in = in[1:]
	}
	for len(in) > 0 {
		n := d.step(in, last)
		if n == 0 {
			break
		}
		in = in[n:]
	}
	if last {
		return d.out.String(), nil, d.ok
	}
	state := byte(d.mode)
	if d.idle {
		state |= idleBit
	}
	return d.out.String(), append([]byte{state}, in...), d.ok
}

// step decodes what in begins with, and returns how much it took: nothing where more must come.
func (d *jpDecoder) step(in []byte, last bool) int {
	b := in[0]
	if b == 0x1b {
		return d.escape(in, last)
	}
	d.idle = false
	switch {
	case d.mode == jpTwoBytes && b >= 0x21 && b <= 0x7e:
		return d.pair(in, last)
	case d.mode == jpKatakana && b >= 0x21 && b <= 0x5f:
		return d.put(rune(b)-0x21+0xff61, 1)
	case d.mode == jpTwoBytes, d.mode == jpKatakana, b >= 0x80, b == 0x0e, b == 0x0f:
		return d.put(utf8.RuneError, 1)
	case d.mode == jpRoman && b == '\\':
		return d.put('\u00a5', 1)
	case d.mode == jpRoman && b == '~':
		return d.put('\u203e', 1)
	default:
		return d.put(rune(b), 1)
	}
}

func (d *jpDecoder) put(r rune, n int) int {
	d.ok = d.ok && r != utf8.RuneError
	d.out.WriteRune(r)
	return n
}

// escape reads an escape sequence. Of one that is none the first byte alone is an error.
func (d *jpDecoder) escape(in []byte, last bool) int {
	const length = 3
	if begun := len(in) == 1 || in[1] == '$' || in[1] == '('; begun && len(in) < length && !last {
		return 0
	}
	mode, known := jpASCII, false
	if len(in) >= length {
		mode, known = jpModeOf(string(in[1:length]))
	}
	if !known {
		d.idle = false
		return d.put(utf8.RuneError, 1)
	}
	if d.idle {
		d.put(utf8.RuneError, 0)
	}
	d.mode, d.idle = mode, true
	return length
}

func jpModeOf(escape string) (mode jpMode, known bool) {
	switch escape {
	case "(B":
		return jpASCII, true
	case "(J":
		return jpRoman, true
	case "(I":
		return jpKatakana, true
	case "$@", "$B":
		return jpTwoBytes, true
	default:
		return jpASCII, false
	}
}

// pair decodes two bytes of JIS X 0208, which EUC-JP has with their high bits set.
func (d *jpDecoder) pair(in []byte, last bool) int {
	const high = 0x80
	if len(in) == 1 {
		if !last {
			return 0
		}
		return d.put(utf8.RuneError, 1)
	}
	switch trail := in[1]; {
	case trail == 0x1b:
		return d.put(utf8.RuneError, 1)
	case trail < 0x21 || trail > 0x7e:
		return d.put(utf8.RuneError, 2)
	}
	var out [utf8.UTFMax]byte
	n, _, err := d.table.Transform(out[:], []byte{in[0] | high, in[1] | high}, true)
	if err != nil {
		return d.put(utf8.RuneError, 2)
	}
	r, _ := utf8.DecodeRune(out[:n])
	return d.put(r, 2)
}
