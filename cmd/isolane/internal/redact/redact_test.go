package redact_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/cmd/isolane/internal/redact"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestText(t *testing.T) {
	secrets := redact.New(map[string]string{
		"KEY": "0123456789", "LONGER": "0123456789abc", "SHORT": "1234567", "EMPTY": "",
		"ODD": "a\"b\\c\n/d e", "ALIAS": "0123456789",
	})
	for in, want := range map[string]string{
		"":                           "",
		"nothing":                    "nothing",
		"0123456789":                 "[redacted ALIAS]",
		"x0123456789y0123456789":     "x[redacted ALIAS]y[redacted ALIAS]",
		"0123456789abc":              "[redacted LONGER]",
		"1234567":                    "1234567",
		"say a\"b\\c\n/d e":          "say [redacted ODD]",
		`{"x":"a\"b\\c\n/d e"}`:      `{"x":"[redacted ODD]"}`,
		"?q=a%22b%5Cc%0A%2Fd+e&":     "?q=[redacted ODD]&",
		"/a%22b%5Cc%0A%2Fd%20e/":     "/[redacted ODD]/",
		"cut 0123456789ab…":          "cut [redacted ALIAS]ab…",
		"cut 01234567…":              "cut [redacted LONGER]…",
		"cut 0123456…":               "cut 0123456…",
		"cut at its end 0123456789…": "cut at its end [redacted ALIAS]…",
	} {
		require.Equal(t, want, secrets.Text(in), in)
	}
	require.Equal(t, "0123456789…", redact.New(nil).Text("0123456789…"))
}

// shy shows its secret only when it is printed.
type shy struct{ secret string }

func (s shy) LogValue() slog.Value { return slog.GroupValue(slog.String("in", s.secret)) }

func TestHandler(t *testing.T) {
	const key = "0123456789"
	secrets := redact.New(map[string]string{"KEY": key})
	for name, make := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			log := slog.New(redact.Handler(make(&b), secrets))
			log.With(slog.String("with", key)).WithGroup("group").With(slog.String("inner", key)).Warn("message "+key,
				slog.String("string", key), slog.Any("error", fmt.Errorf("wrapped: %w", errors.New(key))),
				slog.Group("nested", slog.String("deep", key)), slog.Any("value", shy{key}),
				slog.Any("struct", struct{ S string }{key}), slog.Any("list", []string{key}),
				slog.Any("map", map[string]string{"k": key}), slog.Int("n", 7), slog.Any("plain", errors.New("kept")))
			require.NotContains(t, b.String(), key)
			require.Equal(t, 10, strings.Count(b.String(), "[redacted KEY]"), b.String())
			require.Contains(t, b.String(), "kept")
			if name == "json" {
				require.True(t, json.Valid(b.Bytes()))
			}
			log.Debug(key)
			require.NotContains(t, b.String(), "DEBUG")
		})
	}
}
