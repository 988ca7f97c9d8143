// Package openloop paces a load that does not wait for its answers: what is slow then
// shows as calls that wait, not as fewer calls.
package openloop

import (
	"context"
	"time"
)

// every is how often Pace looks at the clock; what is due since the last time is sent at
// once.
const every = 10 * time.Millisecond

// Pace calls send rate times a second, with 0, 1, 2 and so on, until duration is over or
// ctx is done. send must not block: what it blocks is made up for as soon as it returns.
func Pace(ctx context.Context, rate int, duration time.Duration, send func(n int)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	began := time.Now()
	for sent := 0; ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		elapsed := time.Since(began)
		for due := int(min(elapsed, duration).Seconds() * float64(rate)); sent < due; sent++ {
			send(sent)
		}
		if elapsed >= duration {
			return
		}
	}
}
