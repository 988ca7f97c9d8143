package gossip

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// logWriter takes in memberlist's log lines: it reads their level, and lets a line of
// one shape through once in logQuiet, with the count of those that were held back. So a
// member with a wrong key, or somebody who throws garbage at the port, costs a line now
// and then. memberlist logs addresses, names and announcements, never keys or bodies.
type logWriter struct {
	log *slog.Logger
	now func() time.Time

	mu    sync.Mutex
	shape map[string]*logShape // guarded by mu; at most logShapes
}

type logShape struct {
	last time.Time
	held int
}

const (
	logQuiet  = 10 * time.Second
	logShapes = 128
	logLine   = 400 // bytes of a line that are kept
)

func newLogWriter(log *slog.Logger, now func() time.Time) *logWriter {
	return &logWriter{log: log, now: now, shape: map[string]*logShape{}}
}

// Write is one line.
func (w *logWriter) Write(p []byte) (int, error) {
	level, text := parseLine(p)
	if w.log.Enabled(context.Background(), level) {
		attrs := []slog.Attr{slog.String("line", text)}
		if do := hint(text); do != "" && level >= slog.LevelWarn {
			attrs = append(attrs, slog.String("do", do))
		}
		w.say(level, shapeOf(text), "memberlist", attrs...)
	}
	return len(p), nil
}

// say logs unless the shape has been logged lately.
func (w *logWriter) say(level slog.Level, shape, msg string, attrs ...slog.Attr) {
	held, ok := w.admit(shape)
	if !ok {
		return
	}
	if held > 0 {
		attrs = append(attrs, slog.Int("held_back", held))
	}
	w.log.LogAttrs(context.Background(), level, msg, attrs...) //nolint:sloglint // msg is a constant at every caller
}

func (w *logWriter) admit(shape string) (held int, ok bool) {
	now := w.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	s, known := w.shape[shape]
	if !known {
		if len(w.shape) >= logShapes {
			w.evict(now)
		}
		if len(w.shape) >= logShapes {
			shape = "" // every further shape shares one
			if s, known = w.shape[shape]; !known {
				s = &logShape{}
				w.shape[shape] = s
			}
		} else {
			s = &logShape{}
			w.shape[shape] = s
		}
	}
	if d := now.Sub(s.last); !s.last.IsZero() && d >= 0 && d < logQuiet {
		s.held++
		return 0, false
	}
	held, s.held, s.last = s.held, 0, now
	return held, true
}

// evict forgets the shapes that have been quiet. The caller holds mu.
func (w *logWriter) evict(now time.Time) {
	for k, s := range w.shape {
		if now.Sub(s.last) >= logQuiet && s.held == 0 {
			delete(w.shape, k)
		}
	}
}

// parseLine reads "[LEVEL] memberlist: text".
func parseLine(p []byte) (slog.Level, string) {
	text := strings.TrimSpace(strings.ToValidUTF8(string(p[:min(len(p), logLine)]), "?"))
	level := slog.LevelInfo
	if rest, ok := strings.CutPrefix(text, "["); ok {
		if name, after, ok := strings.Cut(rest, "]"); ok {
			text = strings.TrimSpace(after)
			switch name {
			case "DEBUG":
				level = slog.LevelDebug
			case "WARN", "ERR", "ERROR":
				// What memberlist calls an error is mostly a peer's: a warning here.
				level = slog.LevelWarn
			}
		}
	}
	return level, strings.TrimSpace(strings.TrimPrefix(text, "memberlist:"))
}

// shapeOf is a line without what differs from case to case: words with digits, quotes
// or dots in them, and what comes after a few words.
func shapeOf(text string) string {
	var b strings.Builder
	n := 0
	for word := range strings.FieldsSeq(text) {
		if n++; n > 8 {
			break
		}
		if strings.ContainsAny(word, "0123456789\"'.[(=%\\") {
			continue
		}
		b.WriteString(word)
		b.WriteByte(' ')
	}
	return b.String()
}
