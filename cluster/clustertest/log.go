package clustertest

import (
	"log/slog"

	"github.com/isolane/isolane/internal/logkit"
)

// Log is a log that tests read while it is written, from info on. The zero value is empty, and it
// is safe for concurrent use.
type Log struct{ logkit.Buffer }

// Logger writes to l, at info and above.
func (l *Log) Logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }
