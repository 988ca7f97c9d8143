package actors

import (
	"context"
	"log/slog"

	"github.com/asynkron/protoactor-go/actor"
)

// SystemOptions configures an actor system as a node needs it: Proto.Actor's own log
// goes to log, with what it calls information as debug, its metrics stay off, and
// messages to actors that are gone are not logged. Append other options after these.
func SystemOptions(log *slog.Logger) []actor.ConfigOption {
	return []actor.ConfigOption{
		actor.WithLoggerFactory(func(system *actor.ActorSystem) *slog.Logger {
			return slog.New(demoted{log.Handler()}).With(slog.String("lib", "proto.actor"), slog.String("system", system.ID))
		}),
		actor.WithMetricProviders(nil),
		actor.WithDeadLetterRequestLogging(false),
	}
}

// demoted is a slog.Handler that takes information for debug: Proto.Actor logs each
// failure of a child so, which the supervisor reports better.
type demoted struct{ slog.Handler }

// Enabled implements slog.Handler.
func (h demoted) Enabled(ctx context.Context, level slog.Level) bool {
	return h.Handler.Enabled(ctx, demote(level))
}

// Handle implements slog.Handler.
func (h demoted) Handle(ctx context.Context, r slog.Record) error {
	r.Level = demote(r.Level)
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h demoted) WithAttrs(attrs []slog.Attr) slog.Handler {
	return demoted{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h demoted) WithGroup(name string) slog.Handler { return demoted{h.Handler.WithGroup(name)} }

func demote(level slog.Level) slog.Level {
	if level == slog.LevelInfo {
		return slog.LevelDebug
	}
	return level
}
