package webapi_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/webapi"
)

// decodeSlowly is the Encoding Standard's decoder (8.1.1), step by step.
func decodeSlowly(in []byte) string {
	var b strings.Builder
	var point rune
	seen, needed := 0, 0
	low, high := byte(0x80), byte(0xbf)
	for i := 0; i < len(in); i++ {
		c := in[i]
		if needed == 0 {
			switch {
			case c <= 0x7f:
				b.WriteByte(c)
			case c >= 0xc2 && c <= 0xdf:
				needed, point = 1, rune(c&0x1f)
			case c >= 0xe0 && c <= 0xef:
				if c == 0xe0 {
					low = 0xa0
				}
				if c == 0xed {
					high = 0x9f
				}
				needed, point = 2, rune(c&0xf)
			case c >= 0xf0 && c <= 0xf4:
				if c == 0xf0 {
					low = 0x90
				}
				if c == 0xf4 {
					high = 0x8f
				}
				needed, point = 3, rune(c&0x7)
			default:
				b.WriteString("\uFFFD")
			}
			continue
		}
		if c < low || c > high {
			point, needed, seen, low, high = 0, 0, 0, 0x80, 0xbf
			i-- // the byte begins something else
			b.WriteString("\uFFFD")
			continue
		}
		low, high = 0x80, 0xbf
		point = point<<6 | rune(c&0x3f)
		if seen++; seen == needed {
			b.WriteRune(point)
			point, needed, seen = 0, 0, 0
		}
	}
	if needed != 0 {
		b.WriteString("\uFFFD")
	}
	return b.String()
}

func seedsUTF8() []string {
	return []string{
		"", "abc", "é€😀", "\xe2\x82", "\xf0\x9f\x98", "\xf0\x9f\x98A", "\xff\xfe", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\xe0\x80\xe2\x82\xe2\x82\xac", "\xef\xbb\xbfx", "\xf0\x90\x80\xf0\x90\x80\x80\xc2",
	}
}

func FuzzDecodeUTF8(f *testing.F) {
	for _, s := range seedsUTF8() {
		f.Add([]byte(s), uint8(3))
	}
	api := webapi.New(webapi.Config{})
	f.Fuzz(func(t *testing.T, in []byte, cut uint8) {
		want := decodeSlowly(in)
		got := webapi.DecodeUTF8(in)
		require.Equal(t, want, got)
		require.True(t, utf8.ValidString(got))

		// In two pieces it is the same.
		at := min(int(cut), len(in))
		first, carry, err := api.Call("text.decode", "utf-8\ns", in[:at])
		require.NoError(t, err)
		require.LessOrEqual(t, len(carry), 3)
		second, rest, err := api.Call("text.decode", "utf-8\n", append(carry, in[at:]...))
		require.NoError(t, err)
		require.Empty(t, rest)
		require.Equal(t, want, first+second)

		_, _, err = api.Call("text.decode", "utf-8\nf", in)
		require.Equal(t, utf8.Valid(in), err == nil)
	})
}

// Whatever the encoding, what comes in pieces is what comes at once.
func FuzzDecodeText(f *testing.F) {
	names := []string{"utf-16le", "utf-16be", "shift_jis", "iso-2022-jp", "euc-jp", "gb18030", "gbk", "big5", "euc-kr", "windows-1255", "x-user-defined"}
	for i, seed := range append(seedsUTF8(), "\x1b$B%F%9\x1b(BA", "\x83e\x83X", "\x3d\xd8\x00\xde", "\x3d\xd8\x00", "\x81\x30\x81\x30") {
		f.Add(uint8(i), []byte(seed), uint8(2))
	}
	api := webapi.New(webapi.Config{})
	f.Fuzz(func(t *testing.T, which uint8, in []byte, cut uint8) {
		name := names[int(which)%len(names)]
		whole, rest, err := api.Call("text.decode", name+"\n", in)
		require.NoError(t, err)
		require.Empty(t, rest)
		require.True(t, utf8.ValidString(whole))
		at := min(int(cut), len(in))
		first, carry, err := api.Call("text.decode", name+"\ns", in[:at])
		require.NoError(t, err)
		second, _, err := api.Call("text.decode", name+"\n", append(carry, in[at:]...))
		require.NoError(t, err)
		if !strings.Contains(whole, "\uFFFD") && name != "iso-2022-jp" {
			require.Equal(t, whole, first+second, "%s", name)
		}
	})
}
