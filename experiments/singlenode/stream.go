package singlenode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/isolane/isolane/experiments/workload"
)

// streamName is the stream that captures what is sent.
const streamName = "WORK"

// triggers has each function run for the messages of its subject in the stream, beside
// what its manifest says already.
func triggers(folder string) error {
	for _, f := range workload.Functions() {
		file, err := os.OpenFile(filepath.Join(folder, f.Name+".yaml"), os.O_APPEND|os.O_WRONLY, 0) //nolint:gosec // our own
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(file, "stream: { name: %s, subject: work.%s, deliver: new }\n", streamName, f.Name)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	return nil
}

// consumers takes down how far the functions are behind.
func (s *site) consumers(ctx context.Context, span time.Duration, out *load) error {
	st, err := s.js.Stream(ctx, streamName)
	if err != nil {
		return fmt.Errorf("ask for the stream: %w", err)
	}
	list := st.ListConsumers(ctx)
	var pending, redelivered uint64
	for info := range list.Info() {
		pending += info.NumPending + uint64(max(info.NumAckPending, 0)) //nolint:gosec // not negative
		redelivered += uint64(max(info.NumRedelivered, 0))              //nolint:gosec // not negative
	}
	if err := list.Err(); err != nil {
		return fmt.Errorf("ask for the consumers: %w", err)
	}
	out.pending = float64(pending) / (out.rate * span.Seconds())
	if redelivered > s.redelivered {
		out.redelivered = float64(redelivered - s.redelivered)
	}
	s.redelivered = redelivered
	return nil
}
