package webapi

import (
	"bytes"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/require"
)

// TestWindowBits compares what is counted with what brotli's own writers say.
func TestWindowBits(t *testing.T) {
	for bits := 10; bits <= 24; bits++ {
		var b bytes.Buffer
		w := brotli.NewWriterOptions(&b, brotli.WriterOptions{Quality: 2, LGWin: bits})
		_, err := w.Write([]byte("text"))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		require.GreaterOrEqual(t, windowBits(b.Bytes()[0]), bits)
		if bits >= 18 { // this writer takes no smaller window
			require.Equal(t, bits, windowBits(b.Bytes()[0]))
		}
	}
	for first := range 256 {
		require.LessOrEqual(t, windowBits(byte(first)), 24)
		require.GreaterOrEqual(t, windowBits(byte(first)), 10)
	}
	for first, bits := range map[byte]int{0x21: 10, 0x71: 15, 0x00: 16, 0x01: 17, 0x03: 18, 0x0b: 22, 0x0f: 24} {
		require.Equal(t, bits, windowBits(first), "%#x", first)
	}
}
