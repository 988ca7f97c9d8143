package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
)

// pull is the consumer's open pull request: at most one at a time. Guarded by the
// consumer's mu.
type pull struct {
	// id is the last token of its inbox; 0: none was made.
	id uint64
	// left is how many messages it may still bring; 0: it has ended.
	left int
	// until is when the server forgets it, heard when there was a word from the server.
	until, heard time.Time
}

// pullRequest is the body of a request for messages, as JetStream's API has it.
type pullRequest struct {
	Batch     int           `json:"batch"`
	Expires   time.Duration `json:"expires"`
	Heartbeat time.Duration `json:"idle_heartbeat"`
	MaxBytes  int64         `json:"max_bytes,omitempty"`
}

// serve pulls until ctx is done, and returns what kept it from going on.
func (c *consumer) serve(ctx context.Context) error {
	if err := c.ensure(ctx); err != nil {
		return err
	}
	c.learnReply(ctx)
	conn := c.t.deps.Conn
	status := conn.StatusChanged(nats.RECONNECTING, nats.CONNECTED)
	defer conn.RemoveStatusListener(status)
	inbox := conn.NewInbox()
	faults := make(chan error, 1)
	//nolint:contextcheck // what is held outlives ctx, which ends the pulling alone
	sub, err := conn.Subscribe(inbox+".*", func(msg *nats.Msg) { c.take(msg, inbox, faults) })
	if err != nil {
		return fmt.Errorf("stream: subscribe for messages: %w", err)
	}
	defer c.unsubscribe(sub)
	// Every message that comes was asked for: nothing is to be dropped.
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return fmt.Errorf("stream: subscribe for messages: %w", err)
	}
	c.mu.Lock()
	c.pull.left = 0
	c.mu.Unlock()
	return c.pullUntil(ctx, inbox, status, faults)
}

func (c *consumer) pullUntil(ctx context.Context, inbox string, status <-chan nats.Status, faults <-chan error) error {
	ticker := time.NewTicker(roomEvery)
	defer ticker.Stop()
	for {
		if err := c.ask(inbox); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-faults:
			return err
		case s := <-status:
			if s == nats.RECONNECTING {
				continue // nothing can be asked for before it is back
			}
			return errReconnected
		case <-c.wake:
		case <-ticker.C:
		}
	}
}

// roomEvery is how often a consumer looks for room that others left, and for a pull
// request that was lost.
const roomEvery = 50 * time.Millisecond

// ask makes a pull request where there is room and none open.
func (c *consumer) ask(inbox string) error {
	conn := c.t.deps.Conn
	if !conn.IsConnected() {
		return nil
	}
	now := c.t.deps.Clock()
	c.mu.Lock()
	silent, open := c.silent(now), c.pull.left > 0 && now.Before(c.pull.until)
	c.mu.Unlock()
	if silent {
		c.counts.missedHeartbeats.Add(1)
		return fmt.Errorf("%w for %s: has its stream a leader, and may this user publish to it?", errSilent, c.next)
	}
	if open {
		return nil
	}
	// All that the last request brought has been handed on by now, and counts in Room.
	room := c.t.deps.Dispatcher.Room()
	c.mu.Lock()
	n, maxBytes := c.wanted(room)
	if n == 0 {
		c.mu.Unlock()
		return nil
	}
	cfg := c.t.cfg
	c.pull = pull{id: c.pull.id + 1, left: n, until: now.Add(cfg.PullExpiry + cfg.Heartbeat), heard: now}
	reply := inbox + "." + strconv.FormatUint(c.pull.id, 10)
	c.mu.Unlock()
	body, err := json.Marshal(pullRequest{Batch: n, Expires: cfg.PullExpiry, Heartbeat: cfg.Heartbeat, MaxBytes: maxBytes})
	if err == nil {
		err = conn.PublishRequest(c.next, reply, body)
	}
	if err != nil {
		return fmt.Errorf("stream: ask for messages: %w", err)
	}
	return nil
}

// silent reports whether a request stands of which nothing was heard for too long. The
// caller holds mu.
func (c *consumer) silent(now time.Time) bool {
	return c.pull.left > 0 && now.Sub(c.pull.heard) > 2*c.t.cfg.Heartbeat+time.Second
}

// wanted is what to ask for now, where no request is open. The caller holds mu.
func (c *consumer) wanted(room int) (n int, maxBytes int64) {
	c.pull.left = 0
	size := c.trigger.batch()
	limit := c.window.size() * size
	if c.trigger.Stream.Order != "" {
		limit = orderHeld
	}
	if c.runner != nil && c.t.deps.Spread != nil {
		// Others run most of it, and the window says how much is too much for them.
		room = max(room, c.window.size())
	}
	n = min(room*size, limit-len(c.held), maxBatch)
	maxBytes = c.t.cfg.MaxBytes - c.bytes
	largest := c.t.deps.Conn.MaxPayload() + 4<<10 // with what the server adds
	if maxBytes < largest {
		if len(c.held) > 0 {
			return 0, 0
		}
		maxBytes = largest
	}
	return max(n, 0), maxBytes
}

// maxBatch bounds one request.
const maxBatch = 256

// take takes what comes to the inbox: a message, or a word about a pull request.
func (c *consumer) take(msg *nats.Msg, inbox string, faults chan<- error) {
	now := c.t.deps.Clock()
	token, ours := strings.CutPrefix(msg.Subject, inbox+".")
	if !ours {
		c.serving()
		c.receive(msg)
		// Afterwards: while one is not handed on, nobody must take its room for free.
		c.mu.Lock()
		c.pull.heard = now
		c.pull.left = max(0, c.pull.left-1)
		over := c.pull.left == 0
		c.mu.Unlock()
		if over {
			c.nudge()
		}
		return
	}
	id, err := strconv.ParseUint(token, 10, 64)
	status := readStatus(msg)
	if err != nil || status == statusNone {
		c.log.Warn("a word about a pull request is not understood", slog.String("subject", bridge.Shorten(msg.Subject, 128)))
		return
	}
	c.mu.Lock()
	if id != c.pull.id { // of one that was given up
		c.mu.Unlock()
		return
	}
	c.pull.heard = now
	if status != statusHeartbeat {
		c.pull.left = 0
	}
	c.mu.Unlock()
	if status != statusFault {
		c.serving()
	} else {
		select {
		case faults <- fmt.Errorf("%w: %s %s", errPull, msg.Header.Get("Status"), bridge.OneLine(msg.Header.Get("Description"), 256)):
		default:
		}
	}
	c.nudge()
}

// unsubscribe ends the inbox: what is on its way is still received.
func (c *consumer) unsubscribe(sub *nats.Subscription) {
	ended := make(chan struct{})
	sub.SetClosedHandler(func(string) { close(ended) })
	if err := sub.Drain(); err != nil {
		return // the connection is closed, and with it the subscription
	}
	timer := time.NewTimer(c.t.cfg.Patience)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C: // the server is away; the connection goes on to drain it
	}
}
