package pretty_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/pretty"
)

func painted(style, text string) string { return "<" + style + ":" + text + ">" }

func TestHandler(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg  pretty.Config
		log  func(*slog.Logger)
		want string
	}{
		"console": {pretty.Config{}, func(l *slog.Logger) {
			l.Info("console", slog.String("function", "hello"), slog.Int("runtime", 1), slog.String("text", "a\nb\n"))
		}, "hello | a\nhello | b\n"},
		"console in colours": {pretty.Config{Paint: painted}, func(l *slog.Logger) {
			l.Warn("console", slog.String("function", "hello"), slog.String("text", "a"))
		}, "<36:hello |> <33:a>\n"},
		"console below the level": {pretty.Config{Level: slog.LevelError}, func(l *slog.Logger) {
			l.Info("console", slog.String("function", "hello"), slog.String("text", "a"))
		}, "hello | a\n"},
		"escapes of a terminal": {pretty.Config{}, func(l *slog.Logger) {
			l.Info("console", slog.String("function", "hello"), slog.String("text", "\x1b[2Ja\r\u009b1m"))
		}, "hello | \uFFFD[2Ja\uFFFD\uFFFD1m\n"},
		"record": {pretty.Config{}, func(l *slog.Logger) {
			l.With(slog.String("a", "1")).WithGroup("g").Info("deployed", slog.Int("n", 2))
		}, "deployed a=1 g.n=2\n"},
		"record below the level": {pretty.Config{Level: slog.LevelWarn}, func(l *slog.Logger) { l.Info("deployed") }, ""},
		"error of several lines": {pretty.Config{Paint: painted}, func(l *slog.Logger) {
			l.Error("broken", slog.String("function", "a"), slog.Any("error", errors.New("a.ts:1:2: wrong\na.ts:3:4: too")))
		}, "<31:broken> <2:function=>a\n    a.ts:1:2: wrong\n    a.ts:3:4: too\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			tc.log(slog.New(pretty.New(&b, tc.cfg)))
			require.Equal(t, tc.want, b.String())
		})
	}
}
