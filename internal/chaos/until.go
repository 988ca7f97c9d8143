package chaos

import (
	"context"
	"fmt"
	"time"
)

// patience is how long what must happen may take before it is said not to.
const patience = 60 * time.Second

// pollEvery is how often it is looked at.
const pollEvery = 50 * time.Millisecond

// until tries until try succeeds, within patience; the error is the last one.
func until(ctx context.Context, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not within %s: %w", patience, err)
		}
	}
}
