package dynamic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/isolane/isolane/experiments/lab/rig"
)

// until waits for a time.
func until(ctx context.Context, at time.Time) error {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// tell has the node have n isolates.
func tell(ctx context.Context, s *rig.Stage, n int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	m, err := s.Conn.RequestWithContext(ctx, "isolane.node.node.scale", fmt.Appendf(nil, `{"n":%d}`, n))
	if err != nil {
		return fmt.Errorf("scale the node: %w", err)
	}
	var answer struct{ Error string }
	if err := json.Unmarshal(m.Data, &answer); err != nil {
		return fmt.Errorf("scale the node: %w", err)
	}
	if answer.Error != "" {
		return errors.New(answer.Error)
	}
	return nil
}

// await asks the node again and again until what it says is as it should be.
func await(ctx context.Context, s *rig.Stage, reached func(*rig.Isolates) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		seen, err := rig.AskIsolates(ctx, s.Conn, "node")
		if err != nil {
			return err
		}
		if reached(seen) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the node has not the isolates that it should: %+v: %w", *seen, context.Cause(ctx))
		}
	}
}
