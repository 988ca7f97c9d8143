package hostnats

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/jsruntime/hostcap"
)

// confirmer tells publishers that the server has what they handed to the connection. One
// round trip serves all who wait when it begins, since a server answers in order. It is
// safe for concurrent use; run is its one goroutine.
type confirmer struct {
	conn     *nats.Conn
	patience time.Duration
	wake     chan struct{} // has room for one
	ended    chan struct{} // closed when run has

	mu      sync.Mutex
	waiting []confirmation // guarded by mu
	// refused is the last refusal that a round has seen; run's own.
	refused error
}

// confirmation is one who waits.
type confirmation struct {
	subject string
	done    chan<- error // has room for one
}

func newConfirmer(conn *nats.Conn, patience time.Duration) *confirmer {
	return &confirmer{conn: conn, patience: patience, wake: make(chan struct{}, 1), ended: make(chan struct{}), refused: conn.LastError()}
}

// wait blocks until the server has all that was published before, or ctx is done.
func (c *confirmer) wait(ctx context.Context, subject string) error {
	done := make(chan error, 1)
	c.mu.Lock()
	c.waiting = append(c.waiting, confirmation{subject, done})
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default: // a round is to begin, and takes this one along
	}
	select {
	case err := <-done:
		return err
	case <-c.ended:
		return context.Canceled // the node is shutting down
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// run makes round trips as long as there is somebody to tell, until ctx is done.
func (c *confirmer) run(ctx context.Context) {
	defer close(c.ended)
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		}
		c.mu.Lock()
		batch := c.waiting
		c.waiting = nil
		c.mu.Unlock()
		flushing, cancel := context.WithTimeout(ctx, c.patience)
		err := c.conn.FlushWithContext(flushing)
		cancel()
		refused := c.refusal()
		for _, w := range batch {
			if err == nil && refused != nil && concerns(refused, w.subject) {
				w.done <- refusedSubject(refused)
				continue
			}
			w.done <- err
		}
	}
}

// refusal returns the permission violation that came since the last round, if one did. The
// server sends it before it answers the round trip. Of several in one round the last is
// known here; the others are in the node's log, as all are.
func (c *confirmer) refusal() error {
	last := c.conn.LastError()
	//nolint:errorlint // identity is meant: is this error a new one?
	if last == c.refused {
		return nil
	}
	c.refused = last
	if errors.Is(last, nats.ErrPermissionViolation) {
		return last
	}
	return nil
}

// concerns reports whether a permission violation is about publishing to subject. The
// server names it in the text alone.
func concerns(refused error, subject string) bool {
	return strings.Contains(refused.Error(), "Publish to "+strconv.Quote(subject))
}

func refusedSubject(err error) error {
	return &hostcap.Error{
		Kind:    hostcap.Refused,
		Message: "nats.publish: the NATS server does not let this node's user publish to the subject: grant it in the server's configuration",
		Err:     err,
	}
}
