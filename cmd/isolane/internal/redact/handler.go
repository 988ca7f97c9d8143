package redact

import (
	"context"
	"fmt"
	"log/slog"
)

// handler replaces secrets in what it hands on.
type handler struct {
	slog.Handler
	secrets *Secrets
}

// Handler hands records on to next, without the secrets.
func Handler(next slog.Handler, secrets *Secrets) slog.Handler {
	return handler{next, secrets}
}

// Handle implements slog.Handler.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, h.secrets.Text(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(h.all(attrs)), h.secrets}
}

// WithGroup implements slog.Handler.
func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.Handler.WithGroup(name), h.secrets}
}

func (h handler) all(attrs []slog.Attr) []slog.Attr {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = h.attr(a)
	}
	return clean
}

func (h handler) attr(a slog.Attr) slog.Attr {
	value := a.Value.Resolve()
	switch value.Kind() {
	case slog.KindString:
		value = slog.StringValue(h.secrets.Text(value.String()))
	case slog.KindGroup:
		value = slog.GroupValue(h.all(value.Group())...)
	case slog.KindAny:
		value = h.value(value)
	case slog.KindBool, slog.KindDuration, slog.KindFloat64, slog.KindInt64, slog.KindTime, slog.KindUint64, slog.KindLogValuer:
		// They hold none; what a LogValuer stands for was resolved.
	}
	return slog.Attr{Key: a.Key, Value: value}
}

// value becomes a text where it would show a secret, and stays what it is otherwise.
func (h handler) value(v slog.Value) slog.Value {
	text := fmt.Sprintf("%+v", v.Any())
	if clean := h.secrets.Text(text); clean != text {
		return slog.StringValue(clean)
	}
	return v
}
