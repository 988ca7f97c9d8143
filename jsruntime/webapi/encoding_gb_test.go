package webapi

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// specGB is the decoder of the Encoding Standard (10.2.1), step by step, byte by byte.
func specGB(in []byte) (text string, ok bool) {
	var first, second, third byte
	var out []rune
	ok = true
	fail := func() {
		ok = false
		out = append(out, utf8.RuneError)
	}
	queue := append([]byte(nil), in...)
	for len(queue) > 0 {
		b := queue[0]
		queue = queue[1:]
		switch {
		case third != 0:
			if b < 0x30 || b > 0x39 {
				queue = append([]byte{second, third, b}, queue...)
				fail()
			} else if r := specRange(first, second, third, b); r >= 0 {
				out = append(out, r)
			} else {
				fail()
			}
			first, second, third = 0, 0, 0
		case second != 0:
			if b >= 0x81 && b <= 0xfe {
				third = b
				continue
			}
			queue = append([]byte{second, b}, queue...)
			first, second = 0, 0
			fail()
		case first != 0:
			if b >= 0x30 && b <= 0x39 {
				second = b
				continue
			}
			lead := first
			first = 0
			if b >= 0x40 && b <= 0x7e || b >= 0x80 && b <= 0xfe {
				out = append(out, specIndex(lead, b))
				continue
			}
			if b < 0x80 {
				queue = append([]byte{b}, queue...)
			}
			fail()
		case b < 0x80:
			out = append(out, rune(b))
		case b == 0x80:
			out = append(out, '\u20ac')
		case b == 0xff:
			fail()
		default:
			first = b
		}
	}
	if first != 0 {
		fail()
	}
	return string(out), ok
}

// specIndex is index gb18030, which has a character at each pointer.
func specIndex(lead, trail byte) rune {
	offset := 0x41
	if trail < 0x7f {
		offset = 0x40
	}
	if r := gbMoved((int(lead)-0x81)*190 + int(trail) - offset); r != gbPlain {
		return r
	}
	return xtextRune([]byte{lead, trail})
}

func specRange(a, b, c, d byte) rune {
	pointer := (int(a)-0x81)*12600 + (int(b)-0x30)*1260 + (int(c)-0x81)*10 + int(d) - 0x30
	switch {
	case pointer > 39419 && pointer < 189000 || pointer > 1237575:
		return -1
	case pointer == 7457:
		return 0xE7C7
	case pointer >= 189000:
		return rune(0x10000 + pointer - 189000)
	default:
		return xtextRune([]byte{a, b, c, d})
	}
}

func xtextRune(in []byte) rune {
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(in)
	if err != nil {
		return -2
	}
	r, _ := utf8.DecodeRune(out)
	return r
}

// TestGBIndexIsComplete: x/text and gbRanges together have a character at each pointer of two bytes.
func TestGBIndexIsComplete(t *testing.T) {
	for i := 1; i < len(gbRanges); i++ {
		require.LessOrEqual(t, gbRanges[i-1].from+gbRanges[i-1].count, gbRanges[i].from)
	}
	seen := map[rune]int{}
	for pointer := range 23940 {
		trail := pointer%190 + 0x40
		if trail >= 0x7f {
			trail++
		}
		r := specIndex(byte(pointer/190+0x81), byte(trail))
		require.NotEqual(t, utf8.RuneError, r, pointer)
		seen[r]++
	}
	require.Equal(t, 23939, len(seen), "U+3000 alone is there twice") //nolint:testifylint // Len prints them all
	require.Equal(t, 2, seen[0x3000])
}

// TestGBDecoderIsTheStandards compares with the standard's steps, whole and in parts.
func TestGBDecoderIsTheStandards(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	alphabet := []byte{0x00, 0x2f, 0x30, 0x31, 0x35, 0x39, 0x3a, 0x40, 0x61, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x90, 0xa2, 0xa6, 0xa8, 0xd9, 0xe3, 0xf4, 0xfe, 0xff}
	for range 20_000 {
		in := make([]byte, random.IntN(12))
		for i := range in {
			in[i] = alphabet[random.IntN(len(alphabet))]
		}
		want, wantOK := specGB(in)
		got, rest, ok, err := decodeGB18030(in, true)
		require.NoError(t, err)
		require.Empty(t, rest)
		require.Equal(t, want, got, "% x", in)
		require.Equal(t, wantOK, ok, "% x", in)

		cut := random.IntN(len(in) + 1)
		one, rest, oneOK, err := decodeGB18030(in[:cut], false)
		require.NoError(t, err)
		require.LessOrEqual(t, len(rest), 3)
		two, _, twoOK, err := decodeGB18030(append(append([]byte(nil), rest...), in[cut:]...), true)
		require.NoError(t, err)
		require.Equal(t, want, one+two, "% x, cut at %d", in, cut)
		require.Equal(t, wantOK, oneOK && twoOK, "% x, cut at %d", in, cut)
	}
}
