package child

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLinesArePrefixed(t *testing.T) {
	for name, test := range map[string]struct {
		writes []string
		want   string
	}{
		"one line":        {[]string{"a\n"}, "n | a\n"},
		"two at once":     {[]string{"a\nb\n"}, "n | a\nn | b\n"},
		"in pieces":       {[]string{"a", "b", "c\nd", "\n"}, "n | abc\nn | d\n"},
		"no end":          {[]string{"a"}, "n | a\n"},
		"empty lines":     {[]string{"\n\n"}, "n | \nn | \n"},
		"nothing":         {nil, ""},
		"over the bound":  {[]string{strings.Repeat("x", maxLine+1), "y\n"}, "n | " + strings.Repeat("x", maxLine+1) + "\nn | y\n"},
		"carriage return": {[]string{"a\r\n"}, "n | a\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			var lines int
			w := NewLines(&out, "n", func([]byte) { lines++ })
			for _, text := range test.writes {
				n, err := w.Write([]byte(text))
				require.NoError(t, err)
				require.Equal(t, len(text), n)
			}
			w.Flush()
			require.Equal(t, test.want, out.String())
			require.Equal(t, strings.Count(test.want, "\n"), lines)
		})
	}
}
