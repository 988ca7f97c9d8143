package bridge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// drainGrace is what a drain that has run out of time still takes to answer what
// remains and to get the answers to the server.
const drainGrace = time.Second

// Drain ends the bridge without losing a message: the subscription ends, what
// was delivered is handled, and Drain returns when every accepted message is
// answered and the server has the replies.
//
// When ctx ends first, what remains is answered canceled at once, results that
// come later are dropped, and the error is a *DrainError with their number; that
// takes a second at most. The connection stays open. Later calls wait for the
// first one and return its result.
func (b *Bridge) Drain(ctx context.Context) error {
	if !b.beginDrain() {
		select {
		case <-b.drained:
			return b.drainErr
		case <-ctx.Done():
			return fmt.Errorf("bridge: wait for the drain that is under way: %w", context.Cause(ctx))
		}
	}
	b.drainErr = b.drain(ctx)
	close(b.drained)
	return b.drainErr
}

// Close is Drain without patience: what is not answered yet is answered canceled.
// It also ends a drain that is under way. It returns nil once the bridge has
// drained; idempotent.
func (b *Bridge) Close() error {
	select {
	case <-b.drained:
		return nil
	default:
	}
	b.hurryOnce.Do(func() { close(b.hurry) })
	return b.Drain(context.Background())
}

// beginDrain reports whether the caller is the first to drain.
func (b *Bridge) beginDrain() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := !b.draining
	b.draining = true
	return first
}

func (b *Bridge) drain(ctx context.Context) error {
	patient, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-b.hurry:
			cancel(ErrClosed)
		case <-patient.Done():
		}
	}()
	late := b.counters.late.Load()
	cause := b.settle(patient)
	grace, end := context.WithTimeout(context.WithoutCancel(ctx), drainGrace)
	defer end()
	var canceled int
	if cause != nil {
		canceled = b.cancelRest() //nolint:contextcheck // its answers have their own round trip
		if err := b.settle(grace); err != nil {
			b.log.Warn("the last replies may not have reached the server", slog.Any("error", err))
		}
		canceled += int(b.counters.late.Load() - late)
	}
	b.stopActor(grace)
	if cause == nil || canceled == 0 && errors.Is(cause, ErrClosed) {
		return nil
	}
	return &DrainError{Canceled: canceled, Err: cause}
}

// settle waits until the subscription has ended, every accepted message is
// answered, and the server has the replies.
func (b *Bridge) settle(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	sub, err := b.endSubscription(ctx)
	if err != nil {
		return err
	}
	if sub != nil {
		select {
		case <-sub.ended:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	select {
	case <-b.calls.empty():
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if b.deps.Conn.IsClosed() {
		return nil // what could not be published was counted and logged
	}
	if err := flush(ctx, b.deps.Conn); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("flush the replies: %w", err)
	}
	return nil
}

// endSubscription has the actor end its subscription and returns it where it has
// not ended yet.
func (b *Bridge) endSubscription(ctx context.Context) (*subscription, error) {
	ask := &drainSub{open: make(chan *subscription, 1)}
	select {
	case <-b.stopped:
		return b.leftover, nil
	default:
		b.deps.System.Root.Send(b.pid, ask)
	}
	select {
	case sub := <-ask.open:
		return sub, nil
	case <-b.stopped:
		return b.leftover, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// cancelRest answers every accepted message that has no answer, refuses those
// that the subscription still holds, and returns how many it answered.
func (b *Bridge) cancelRest() (canceled int) {
	res := function.Failure(function.Canceled, "this node shut down before the function had ended")
	for _, c := range b.calls.close() {
		if b.finish(c, res) {
			canceled++
		}
	}
	return canceled
}

// stopActor stops the actor and waits for it.
func (b *Bridge) stopActor(ctx context.Context) {
	select {
	case <-b.stopped:
	default:
		b.deps.System.Root.Stop(b.pid)
	}
	b.outbox.stop()
	select {
	case <-b.refused: // after the actor
	case <-ctx.Done():
		b.log.Error("the bridge's actor does not stop")
	}
}
