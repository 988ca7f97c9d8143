package stream

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Backlog is what a consumer still has to deliver, for all members together.
type Backlog struct {
	// Waiting is how many messages of the stream were never delivered, Unacknowledged how many
	// were and have no answer yet, Redelivered how many of those more than once.
	Waiting                     uint64
	Unacknowledged, Redelivered int
}

// maxBacklogs bounds how many consumers are asked for at a time.
const maxBacklogs = 8

// Backlogs asks the server what waits in the consumers of the triggers that are set, by
// stream and consumer. What it does not answer until ctx is done, or refuses, is left out:
// the numbers are for people to see, and a trigger's own Fault says what is wrong.
func (t *Triggers) Backlogs(ctx context.Context) map[[2]string]Backlog {
	var mu sync.Mutex
	all := map[[2]string]Backlog{}
	var asking errgroup.Group
	asking.SetLimit(maxBacklogs)
	for _, s := range t.Stats() {
		if ctx.Err() != nil {
			break
		}
		asking.Go(func() error {
			consumer, err := t.js.Consumer(ctx, s.Stream, s.Consumer)
			if err != nil {
				return nil
			}
			info := consumer.CachedInfo() // asked for just now
			mu.Lock()
			defer mu.Unlock()
			all[[2]string{s.Stream, s.Consumer}] = Backlog{
				Waiting: info.NumPending, Unacknowledged: info.NumAckPending, Redelivered: info.NumRedelivered,
			}
			return nil
		})
	}
	_ = asking.Wait()
	return all
}
