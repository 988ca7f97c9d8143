package hostnats

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/bridge/delayed"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// Host is NATS for functions. Make one with New.
type Host struct {
	cfg  Config
	conn *nats.Conn
	js   jetstream.JetStream

	room    room
	confirm *confirmer
	later   *delayed.Store
	buckets buckets
	answers answers
	waiting waiting
	// failures counts what did not go well.
	failures *failures
	// calls counts those of keys.
	calls calls

	ctx    context.Context //nolint:containedctx // the life of the host's own goroutines
	cancel context.CancelFunc
	mu     sync.Mutex
	closed bool           // guarded by mu
	writes sync.WaitGroup // added to under mu while not closed
	wg     sync.WaitGroup // the confirmer's
}

var (
	_ hostcap.Messenger = (*Host)(nil)
	_ hostcap.Buckets   = (*Host)(nil)
	_ hostcap.Calls     = (*Host)(nil)
)

// New makes a Host on conn, which stays the caller's.
func New(conn *nats.Conn, cfg Config) (*Host, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if limit := conn.MaxPayload(); cfg.MaxPendingBytes < limit {
		return nil, fmt.Errorf("hostnats: MaxPendingBytes is %d, under the server's max payload of %d: no message of that size could be sent", cfg.MaxPendingBytes, limit)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, fmt.Errorf("hostnats: %w", err)
	}
	later, err := delayed.New(conn, cfg.Delayed)
	if err != nil {
		return nil, fmt.Errorf("hostnats: %w", err)
	}
	h := &Host{
		cfg: cfg, conn: conn, js: js, later: later,
		room:    room{maxCount: cfg.MaxPending, maxBytes: cfg.MaxPendingBytes},
		buckets: buckets{max: cfg.MaxBuckets, open: map[string]jetstream.KeyValue{}}, failures: newFailures(cfg.Logger),
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.confirm = newConfirmer(conn, cfg.Patience)
	h.wg.Go(func() { h.confirm.run(h.ctx) })
	return h, nil
}

// lastWords is how long Close waits for the writes that are pending.
const lastWords = time.Second

// Close gives the writes that are pending a second to be answered, ends the others, and
// waits for the Host's goroutines. To be called when no function runs any more, and before
// the connection is closed. Idempotent.
func (h *Host) Close() error {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	hurry := time.AfterFunc(lastWords, h.cancel)
	defer hurry.Stop()
	h.writes.Wait()
	h.cancel()
	h.answers.close()
	h.wg.Wait()
	return nil
}

// MaxPayload implements hostcap.Messenger, hostcap.Buckets and hostcap.Calls.
func (h *Host) MaxPayload() int64 { return h.conn.MaxPayload() }

// enter counts an operation in, and says why it cannot be begun; leave must follow.
func (h *Host) enter(op string, size int) (leave func(), err error) {
	if h.conn.Status() != nats.CONNECTED {
		return nil, hostcap.Errorf(hostcap.Disconnected, "%s: the connection to NATS is down: nothing was sent", op)
	}
	if !h.room.take(int64(size)) {
		return nil, hostcap.Errorf(hostcap.Overloaded,
			"%s: the functions of this node have as much pending as they may (%d operations, %d bytes): wait for some before more are begun",
			op, h.cfg.MaxPending, h.cfg.MaxPendingBytes)
	}
	return func() { h.room.give(int64(size)) }, nil
}

// begun runs a write in a goroutine that the Host owns, since it is done whatever becomes
// of ctx, which bounds the wait alone.
func begun[T any](ctx context.Context, h *Host, op string, size int, run func(context.Context) (T, error)) (T, error) {
	var none T
	leave, err := h.enter(op, size)
	if err != nil {
		return none, err
	}
	type result struct {
		value T
		err   error
	}
	results := make(chan result, 1)
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		leave()
		return none, hostcap.Errorf(hostcap.Disconnected, "%s: the node is shutting down: nothing was sent", op)
	}
	h.writes.Go(func() { //nolint:contextcheck // it outlives ctx
		writing, cancel := context.WithTimeout(h.ctx, h.cfg.Patience)
		defer cancel()
		value, err := run(writing)
		leave() // before whoever waits goes on
		results <- result{value, err}
	})
	h.mu.Unlock()
	select {
	case r := <-results:
		return r.value, h.explain(op, r.err)
	case <-ctx.Done():
		return none, hostcap.Errorf(hostcap.Aborted, "%s was given up; it is done all the same", op)
	}
}

// asking runs a read of bucket within ctx and Config.Patience.
func asking[T any](ctx context.Context, h *Host, op, bucket string, run func(context.Context) (T, error)) (value T, err error) {
	defer func() { h.failures.note(bucket, err) }()
	var none T
	leave, err := h.enter(op, 0)
	if err != nil {
		return none, err
	}
	defer leave()
	reading, cancel := context.WithTimeout(ctx, h.cfg.Patience)
	defer cancel()
	value, err = run(reading)
	if err != nil && ctx.Err() != nil {
		return none, hostcap.Errorf(hostcap.Aborted, "%s was aborted", op)
	}
	return value, h.explain(op, err)
}

// room bounds what is pending. The zero value has none; safe for concurrent use.
type room struct {
	maxCount int
	maxBytes int64

	mu    sync.Mutex
	count int   // guarded by mu
	bytes int64 // guarded by mu
}

func (r *room) take(size int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count >= r.maxCount || r.bytes+size > r.maxBytes {
		return false
	}
	r.count++
	r.bytes += size
	return true
}

// taken is what is pending.
func (r *room) taken() (count int, bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count, r.bytes
}

func (r *room) give(size int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count--
	r.bytes -= size
}

// explain makes an *hostcap.Error of what nats.go said; nil and hostcap's own stay.
func (h *Host) explain(op string, err error) error {
	if err == nil || errors.Is(err, hostcap.ErrNotFound) {
		return err
	}
	if known, ok := errors.AsType[*hostcap.Error](err); ok {
		return known
	}
	kind, message := verdict(err)
	if kind == hostcap.Timeout {
		message = fmt.Sprintf("the server did not answer within %s", h.cfg.Patience)
	}
	return &hostcap.Error{Kind: kind, Message: op + ": " + message, Err: err}
}
