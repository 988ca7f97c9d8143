package bridge

import (
	"errors"
	"log/slog"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// ConnEvents counts what befalls a connection. The zero value is ready. Give the
// same one to Connect and, to see it in Stats, to Start. Safe for concurrent use.
type ConnEvents struct {
	disconnects, reconnects, lameDucks                        atomic.Uint64
	slowConsumers, permissionViolations, authorization, other atomic.Uint64
}

// ConnStats is a snapshot of ConnEvents, since Connect.
type ConnStats struct {
	// Disconnects and Reconnects count lost and regained connections.
	Disconnects, Reconnects uint64
	// LameDucks counts the servers that said that they are about to shut down.
	LameDucks uint64
	// SlowConsumers counts how often a subscription began to drop messages.
	SlowConsumers uint64
	// PermissionViolations counts subjects that the server refused us.
	PermissionViolations uint64
	// Authorization counts refusals of our credentials, expired ones among them.
	Authorization uint64
	// OtherErrors counts every other asynchronous error.
	OtherErrors uint64
}

// Stats returns a snapshot.
func (e *ConnEvents) Stats() ConnStats {
	return ConnStats{
		Disconnects: e.disconnects.Load(), Reconnects: e.reconnects.Load(),
		LameDucks: e.lameDucks.Load(), SlowConsumers: e.slowConsumers.Load(),
		PermissionViolations: e.permissionViolations.Load(), Authorization: e.authorization.Load(),
		OtherErrors: e.other.Load(),
	}
}

// handlers are the connection's handlers: each counts, and logs what to do.
// nats.go calls them one at a time.
func handlers(events *ConnEvents, logger *slog.Logger) []nats.Option {
	if events == nil {
		events = new(ConnEvents)
	}
	return []nats.Option{
		nats.DisconnectErrHandler(func(conn *nats.Conn, err error) {
			if conn.IsClosed() {
				return // we closed it
			}
			events.disconnects.Add(1)
			logger.Warn("connection to NATS lost; replies wait until it is back, no action is needed unless that lasts",
				slog.Any("error", err))
		}),
		nats.ReconnectHandler(func(conn *nats.Conn) {
			events.reconnects.Add(1)
			logger.Info("connection to NATS is back", slog.String("server", ShownURL(conn.ConnectedUrl())))
		}),
		nats.ClosedHandler(func(conn *nats.Conn) {
			if err := conn.LastError(); err != nil {
				logger.Warn("connection to NATS closed", slog.Any("error", err))
			}
		}),
		nats.LameDuckModeHandler(func(conn *nats.Conn) {
			events.lameDucks.Add(1)
			logger.Warn("the NATS server is about to shut down, and will close this connection; nothing is to be done where its cluster has another server, else calls wait until it is back",
				slog.String("server", ShownURL(conn.ConnectedUrl())))
		}),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			events.asyncError(sub, err, logger)
		}),
	}
}

// asyncError takes an error that belongs to no call.
func (e *ConnEvents) asyncError(sub *nats.Subscription, err error, logger *slog.Logger) {
	attrs := []any{slog.Any("error", err)}
	if sub != nil {
		attrs = append(attrs, slog.String("subject", sub.Subject))
	}
	switch {
	case errors.Is(err, nats.ErrSlowConsumer):
		e.slowConsumers.Add(1)
		logger.Warn("slow consumer: messages are dropped before they are read; give the process more CPU or raise the buffer", attrs...)
	case errors.Is(err, nats.ErrPermissionViolation):
		e.permissionViolations.Add(1)
		logger.Error("NATS refused a subject: grant it to this user in the server's configuration", attrs...)
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked), errors.Is(err, nats.ErrAccountAuthExpired):
		e.authorization.Add(1)
		logger.Error("NATS refuses the credentials; exchange them (a file of credentials is read again each time), the connection is tried again", attrs...)
	case errors.Is(err, nats.ErrBadHeaderMsg):
		e.other.Add(1)
		logger.Warn("a message came with a malformed header block; its sender is told", attrs...)
	default:
		e.other.Add(1)
		logger.Error("NATS connection error", attrs...)
	}
}
