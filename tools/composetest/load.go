package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/internal/openloop"
)

// calls are the functions of examples/ that are called in turn: one that answers at
// once, and one that waits for 150 ms, so that some are in flight at any time.
var calls = []struct{ subject, payload string }{
	{"fn.hello", `{"name":"load"}`},
	{"fn.timers", `{"ms":50}`},
}

// maxWaiting bounds the calls that wait for a reply at a time. One more is not sent, and
// counted as such: the load is then not what was asked for.
const maxWaiting = 20000

// load sends calls at a steady rate until its duration is over.
type load struct {
	conn   *nats.Conn
	cfg    config
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	results []result  // guarded by mu
	waiting int       // guarded by mu
	killed  time.Time // guarded by mu
}

// startLoad begins to send; ctx ends it early.
func startLoad(ctx context.Context, conn *nats.Conn, c config) *load {
	ctx, cancel := context.WithCancel(ctx)
	l := &load{conn: conn, cfg: c, cancel: cancel, done: make(chan struct{})}
	go l.run(ctx)
	return l
}

func (l *load) run(ctx context.Context) {
	defer close(l.done)
	var all sync.WaitGroup
	defer all.Wait()
	openloop.Pace(ctx, l.cfg.rate, l.cfg.duration, func(n int) {
		call := calls[n%len(calls)]
		if !l.begin() {
			return
		}
		all.Go(func() {
			at := time.Now()
			l.end(result{sent: at, what: l.call(ctx, call.subject, call.payload), took: time.Since(at)})
		})
	})
}

// call sends one call and says what came of it: "ok" or a reason.
func (l *load) call(ctx context.Context, subject, payload string) string {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.timeout)
	defer cancel()
	reply, err := l.conn.RequestWithContext(ctx, subject, []byte(payload))
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return noReply
	case errors.Is(err, nats.ErrNoResponders):
		return "no node listens"
	case err != nil:
		return err.Error()
	}
	if outcome := reply.Header.Get("Isolane-Outcome"); outcome != "" {
		return outcome
	}
	return ok
}

func (l *load) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == maxWaiting {
		l.results = append(l.results, result{sent: time.Now(), what: fmt.Sprintf("not sent, %d wait", maxWaiting)})
		return false
	}
	l.waiting++
	return true
}

func (l *load) end(r result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting--
	l.results = append(l.results, r)
}

// mark notes when a node was killed.
func (l *load) mark(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.killed = at
}

// wait returns when every call has its end.
func (l *load) wait(ctx context.Context) error {
	defer l.cancel()
	select {
	case <-l.done:
		return nil
	case <-ctx.Done():
		l.stop()
		return context.Cause(ctx)
	}
}

// stop ends the load early and waits for it.
func (l *load) stop() {
	l.cancel()
	<-l.done
}

func (l *load) summary() summary {
	l.mu.Lock()
	defer l.mu.Unlock()
	return summarize(l.results, l.killed)
}
