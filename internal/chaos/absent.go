package chaos

import (
	"context"
	"syscall"
	"time"

	"github.com/isolane/isolane/bridge"
)

// actServer kills the NATS server and then a member, and starts the server again after
// away.
func actServer(away time.Duration) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		gone := w.pickHome(1)
		w.begins("kill -9 of the NATS server, and of %s while it is away", names(gone))
		w.evidence.serverGone = true
		back := time.Now().Add(away)
		if err := w.server.Signal(syscall.SIGKILL); err != nil {
			return err
		}
		if err := w.server.AwaitEnd(ctx); err != nil {
			return err
		}
		if err := bridge.Pause(ctx, time.Duration(w.rnd.Int64N(int64(away/4)))); err != nil {
			return err
		}
		if err := w.kill(ctx, gone...); err != nil {
			return err
		}
		if err := bridge.Pause(ctx, time.Until(back)); err != nil {
			return err
		}
		over := time.Now()
		if err := w.startServer(ctx); err != nil {
			return err
		}
		return w.recovered(ctx, over)
	}
}
