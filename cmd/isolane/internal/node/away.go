package node

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

const (
	// awayPatience is how long a node that stops waits for a NATS server that is away.
	// Nobody gets its replies meanwhile, so the grace is not waited for.
	awayPatience = 3 * time.Second
	// awayLook is the time between two looks at the connection.
	awayLook = 100 * time.Millisecond
)

// errNATSAway is why a drain ended early.
var errNATSAway = errors.New("the NATS server is away")

// unlessAway returns ctx, which ends as soon as the connection to NATS has been away for
// awayPatience on end, with errNATSAway as its cause. The caller ends it.
func (n *Node) unlessAway(ctx context.Context) (context.Context, func()) {
	if n.conn == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(awayLook)
		defer tick.Stop()
		for since := time.Now(); ; {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				if n.conn.IsConnected() {
					since = now
				}
				if away := now.Sub(since); away >= awayPatience {
					n.log.Warn("the NATS server is away: the node stops without waiting for it any longer; replies that were not sent are lost, and messages of streams are delivered again. Look whether the server runs and can be reached",
						slog.Duration("away", away.Round(awayLook)))
					cancel(errNATSAway)
					return
				}
			}
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-ended
	}
}
