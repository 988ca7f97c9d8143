package pretty

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

// Paint colours text; a painter for a plain output returns it as it is.
type Paint func(style, text string) string

// The styles that a Paint knows, as SGR parameters.
const (
	Red    = "31"
	Yellow = "33"
	Cyan   = "36"
	Dim    = "2"
)

// Config says what is written, and how.
type Config struct {
	// Level is the least of the node's own records. What functions print is written whatever
	// its level is, but for debug below Level.
	Level slog.Level
	// Paint colours; nil does not.
	Paint Paint
}

// Handler implements slog.Handler.
type Handler struct {
	cfg   Config
	out   *output
	attrs []slog.Attr
	group string
}

// output is shared by a handler and those made of it.
type output struct {
	mu sync.Mutex
	w  io.Writer // guarded by mu
}

// New returns a handler that writes to w, one call of Write for each record.
func New(w io.Writer, cfg Config) *Handler {
	if cfg.Paint == nil {
		cfg.Paint = func(_, text string) string { return text }
	}
	return &Handler{cfg: cfg, out: &output{w: w}}
}

// Enabled implements slog.Handler.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= min(h.cfg.Level, slog.LevelInfo)
}

// Handle implements slog.Handler.
func (h *Handler) Handle(_ context.Context, r slog.Record) error {
	attrs := slices.Clone(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, slog.Attr{Key: h.group + a.Key, Value: a.Value.Resolve()})
		return true
	})
	var text string
	if r.Message == "console" || r.Message == "console output cut" {
		text = h.console(r, attrs)
	} else if r.Level >= h.cfg.Level {
		text = h.record(r, attrs)
	}
	if text == "" {
		return nil
	}
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	_, err := io.WriteString(h.out.w, text)
	return err
}

// console is a line, or several, that a function printed.
func (h *Handler) console(r slog.Record, attrs []slog.Attr) string {
	name, text := find(attrs, "function"), find(attrs, "text")
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		fmt.Fprintf(&b, "%s %s\n", h.cfg.Paint(Cyan, name+" |"), h.level(r.Level, clean(line)))
	}
	return b.String()
}

// record is one of the node's own.
func (h *Handler) record(r slog.Record, attrs []slog.Attr) string {
	var b strings.Builder
	b.WriteString(h.level(r.Level, r.Message))
	var below []string
	for _, a := range attrs {
		value := clean(a.Value.String())
		if text := a.Value.String(); strings.Contains(strings.TrimSpace(text), "\n") {
			below = append(below, text) // an error of several lines, as a compiler has them
			continue
		}
		fmt.Fprintf(&b, " %s%s", h.cfg.Paint(Dim, a.Key+"="), value)
	}
	b.WriteString("\n")
	for _, text := range below {
		for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
			fmt.Fprintf(&b, "    %s\n", clean(line))
		}
	}
	return b.String()
}

// level colours what is more than information.
func (h *Handler) level(l slog.Level, text string) string {
	switch {
	case l >= slog.LevelError:
		return h.cfg.Paint(Red, text)
	case l >= slog.LevelWarn:
		return h.cfg.Paint(Yellow, text)
	case l < slog.LevelInfo:
		return h.cfg.Paint(Dim, text)
	}
	return text
}

// clean takes control characters away: what a function prints must not steer a terminal.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && r < ' ' || r >= 0x7f && r <= 0x9f {
			return '\uFFFD'
		}
		return r
	}, text)
}

func find(attrs []slog.Attr, key string) string {
	if i := slices.IndexFunc(attrs, func(a slog.Attr) bool { return a.Key == key }); i >= 0 {
		return attrs[i].Value.String()
	}
	return ""
}

// WithAttrs implements slog.Handler.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	made := *h
	made.attrs = slices.Clone(h.attrs)
	for _, a := range attrs {
		made.attrs = append(made.attrs, slog.Attr{Key: h.group + a.Key, Value: a.Value.Resolve()})
	}
	return &made
}

// WithGroup implements slog.Handler.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	made := *h
	made.group += name + "."
	return &made
}
