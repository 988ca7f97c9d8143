package process

import (
	"context"
	"fmt"
	"time"
)

// SettleError says that the process kept more than it had.
type SettleError struct{ Before, Now Sample }

// Error implements error.
func (e *SettleError) Error() string {
	return fmt.Sprintf("goroutines went from %d to %d and files from %d to %d, and stayed there",
		e.Before.Goroutines, e.Now.Goroutines, e.Before.Files, e.Now.Files)
}

// Settle waits until the process has no more goroutines and files than before: what
// was told to end ends a moment later. It gives up with ctx, and then returns a
// *SettleError.
func Settle(ctx context.Context, before Sample) error {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		now, err := Look()
		if err != nil {
			return err
		}
		if now.Goroutines <= before.Goroutines && now.Files <= before.Files {
			return nil
		}
		select {
		case <-ctx.Done():
			return &SettleError{before, now}
		case <-again.C:
		}
	}
}
