package bridge

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestOneLine(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"plain":             {"it broke", "it broke"},
		"line breaks":       {"it\r\nbroke\n\nhere\n", "it broke here"},
		"unicode breaks":    {"a\u2028b\u2029c", "a b c"},
		"control":           {"a\x00b\x1bc\x7fd", "a b c d"},
		"not utf-8":         {"a\xffb", "a\uFFFDb"},
		"empty":             {"", ""},
		"blank":             {" \r\n\t ", ""},
		"cut between runes": {strings.Repeat("é", 300), strings.Repeat("é", 256)},
		"cut odd":           {"a" + strings.Repeat("é", 300), "a" + strings.Repeat("é", 255)},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, OneLine(tc.in, 512)) })
	}
}

func TestHeaderNameIsWhatNatsTakes(t *testing.T) {
	conn := connectTo(t, runServer(t, serverConfig(t)).ClientURL())
	for c := range 256 {
		name := "X" + string([]byte{byte(c)})
		err := conn.PublishMsg(&nats.Msg{Subject: "a", Header: nats.Header{name: {"v"}}})
		require.Equal(t, err == nil, headerNameOK(name), "%q: %v", name, err)
	}
}

// FuzzOneLine: at most limit bytes, valid, one line.
func FuzzOneLine(f *testing.F) {
	f.Add("it\r\nbroke", 4)
	f.Add("\xff\xfe", 1)
	f.Add("日本語", 4)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit &= 1023
		got := OneLine(s, limit)
		if len(got) > limit || !utf8.ValidString(got) || !headerValueOK(got) {
			t.Fatalf("OneLine(%q, %d) = %q", s, limit, got)
		}
	})
}

// FuzzCleanHeader: what a function may set survives the wire as it is, and it can
// set nothing of ours.
func FuzzCleanHeader(f *testing.F) {
	f.Add("Content-Type", "text/plain")
	f.Add("isolane-outcome", "ok")
	f.Add("NATS-x", "1")
	f.Add("a b", "c\r\nIsolane-Status: 1")
	f.Add("X", "é\t")
	f.Fuzz(func(t *testing.T, name, value string) {
		clean, dropped := CleanHeader(function.Header{name: {value}})
		if len(clean)+len(dropped) != 1 {
			t.Fatalf("%q: %q gave %v and %v", name, value, clean, dropped)
		}
		for n, values := range clean {
			lower := strings.ToLower(n)
			if strings.HasPrefix(lower, "isolane-") || strings.HasPrefix(lower, "nats-") || lower == "status" {
				t.Fatalf("%q went through", n)
			}
			if strings.ContainsAny(n+values[0], "\r\n\x00") || strings.ContainsAny(n, ": ") {
				t.Fatalf("%q: %q went through", n, values[0])
			}
		}
	})
}
