// Package calls sends an open loop of calls that are told from one another, and says of
// each what became of it: for what happens around one moment, as when a node is killed,
// where the figures of package loadgen are of whole seconds.
package calls

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/internal/openloop"
)

// NoReply is the end of a call that nothing came back for.
const NoReply = "no-reply"

// Call is one call.
type Call struct {
	// Sent is when it was sent, from Book.Began on; Took is how long its reply took.
	Sent, Took time.Duration
	// End is its outcome ("ok", "crashed" and so on), or NoReply. Replies counts them.
	End     string
	Replies int
}

// Config says what to send.
type Config struct {
	Subject  string
	Payload  func(n int) []byte
	Rate     int
	Duration time.Duration
	// Wait is for how long replies are waited for after the last call.
	Wait time.Duration
}

// Book has the calls in their order. It is safe for concurrent use while Run runs.
type Book struct {
	// Began is when the first was due.
	Began time.Time

	mu    sync.Mutex
	calls []Call
}

// Calls are those that were sent until now.
func (b *Book) Calls() []Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Call(nil), b.calls...)
}

// Since is the time on the book's clock.
func (b *Book) Since() time.Duration { return time.Since(b.Began) }

// Run sends the calls, and returns when each is answered, or Wait is over, or ctx is done.
// book, which has Began set, takes them as they come.
func Run(ctx context.Context, conn *nats.Conn, cfg Config, book *Book) error {
	inbox := conn.NewInbox()
	waiting := make(chan struct{}, 1)
	open := 0 // guarded by book.mu
	sub, err := conn.Subscribe(inbox+".*", func(m *nats.Msg) {
		n, err := strconv.Atoi(strings.TrimPrefix(m.Subject, inbox+"."))
		book.mu.Lock()
		defer book.mu.Unlock()
		if err != nil || n >= len(book.calls) {
			return
		}
		c := &book.calls[n]
		if c.Replies++; c.Replies > 1 {
			return
		}
		c.Took, c.End = book.Since()-c.Sent, end(m)
		open--
		select {
		case waiting <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return fmt.Errorf("calls: %w", err)
	}
	defer sub.Unsubscribe() //nolint:errcheck // the connection may be gone, and then so is it
	var failed error
	openloop.Pace(ctx, cfg.Rate, cfg.Duration, func(n int) {
		book.mu.Lock()
		book.calls = append(book.calls, Call{Sent: book.Since(), End: NoReply})
		open++
		book.mu.Unlock()
		if err := conn.PublishRequest(cfg.Subject, inbox+"."+strconv.Itoa(n), cfg.Payload(n)); err != nil {
			failed = err
		}
	})
	timer := time.NewTimer(cfg.Wait)
	defer timer.Stop()
	for {
		book.mu.Lock()
		left := open
		book.mu.Unlock()
		if left == 0 {
			return failed
		}
		select {
		case <-waiting:
		case <-timer.C:
			return failed
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// end is the outcome that a reply tells.
func end(m *nats.Msg) string {
	if outcome := m.Header.Get("Isolane-Outcome"); outcome != "" {
		return outcome
	}
	if m.Header.Get("Status") == "503" {
		return "no-node"
	}
	return "ok"
}
