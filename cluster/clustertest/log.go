package clustertest

import (
	"log/slog"
	"strings"
	"sync"
)

// Log keeps what is logged, for tests that read it. The zero value is ready; it is safe for
// concurrent use.
type Log struct {
	mu  sync.Mutex
	out strings.Builder // guarded by mu
}

// Logger writes to l, at info and above.
func (l *Log) Logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

// String is all of it.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}
