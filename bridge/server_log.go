//go:build !noserver

package bridge

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// serverLog hands nats-server's lines to slog and keeps the first fatal one,
// which is the only word the server gives of a start that failed. Safe for
// concurrent use.
type serverLog struct {
	log *slog.Logger

	mu sync.Mutex
	// first is the first fatal error; guarded by mu.
	first error
}

func newServerLog(logger *slog.Logger) *serverLog {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &serverLog{log: logger}
}

// fatal returns the first fatal error, or nil.
func (l *serverLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}

// Noticef implements server.Logger. Notices are the server's banner and its
// settings: of no use in a node's log but to look for a fault.
func (l *serverLog) Noticef(format string, v ...any) {
	l.log.Debug("nats-server", line(format, v))
}

// Warnf implements server.Logger.
func (l *serverLog) Warnf(format string, v ...any) {
	l.log.Warn("nats-server", line(format, v))
}

// Errorf implements server.Logger.
func (l *serverLog) Errorf(format string, v ...any) {
	l.log.Error("nats-server", line(format, v))
}

// Debugf implements server.Logger.
func (l *serverLog) Debugf(format string, v ...any) {
	l.log.Debug("nats-server", line(format, v))
}

// Tracef implements server.Logger.
func (l *serverLog) Tracef(format string, v ...any) {
	l.log.Debug("nats-server", line(format, v))
}

// Fatalf implements server.Logger. The server expects it to end the process; it
// keeps the error, with its cause where one is among the arguments, and returns:
// StartServer then shuts the server down.
func (l *serverLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	err := errors.New(text)
	for _, arg := range v {
		if cause, ok := arg.(error); ok {
			err = &fatalError{text: text, cause: cause}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == nil {
		l.first = err
	}
}

func line(format string, v []any) slog.Attr {
	return slog.String("line", fmt.Sprintf(format, v...))
}

// fatalError is a fatal line of the server together with its cause.
type fatalError struct {
	text  string
	cause error
}

func (e *fatalError) Error() string { return e.text }

func (e *fatalError) Unwrap() error { return e.cause }
