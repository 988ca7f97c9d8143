package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// probing is how many calls the capacity is taken from, probers by how many callers.
	probing, probers = 2000, 8
	// overloadFor is how long more is sent than can be served.
	overloadFor = 10 * time.Second
)

// overload finds what a node can serve of a function that computes for 5 ms, sends twice
// that, and says how soon what is refused hears of it.
func overload(ctx context.Context, c config, stdout, stderr io.Writer) error {
	url, all, stop, err := arena(ctx, c, stderr)
	if err != nil {
		return err
	}
	defer stop()
	conns, closeAll, err := connect(url, 1)
	if err != nil {
		return err
	}
	defer closeAll()
	if _, err := drive(ctx, conns, probers, probing/10, "fn.busy"); err != nil { // warm
		return err
	}
	d, err := drive(ctx, conns, probers, probing, "fn.busy")
	if err != nil {
		return err
	}
	capacity := probing / d.elapsed.Seconds()
	_, _ = fmt.Fprintf(stdout, "capacity %.0f calls a second; sending %.0f for %s\n", capacity, 2*capacity, overloadFor)
	pid := all[len(all)-1].process.cmd.Process.Pid
	before, err := spent(pid)
	if err != nil {
		return err
	}
	book, err := flood(ctx, conns[0], 2*capacity)
	if err != nil {
		return err
	}
	after, err := spent(pid)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(stdout, "CPU of the node: %.2f cores\n", (after-before).Seconds()/book.elapsed.Seconds())
	return book.print(stdout)
}

// account is how the calls of a flood ended, by outcome.
type account struct {
	sent    int
	elapsed time.Duration
	mu      sync.Mutex
	// waits are from sending to the reply, by outcome, retries what Retry-After said.
	waits   map[string][]time.Duration
	retries map[int]int
}

// flood sends rate calls a second, whether they are answered or not, and waits for the
// answers.
func flood(ctx context.Context, nc *nats.Conn, rate float64) (*account, error) {
	n := int(rate * overloadFor.Seconds())
	sentAt := make([]time.Time, n)
	book := &account{sent: n, waits: map[string][]time.Duration{}, retries: map[int]int{}}
	done := make(chan struct{})
	left := n
	inbox := nc.NewInbox()
	sub, err := nc.Subscribe(inbox+".*", func(m *nats.Msg) {
		i, err := strconv.Atoi(m.Subject[strings.LastIndexByte(m.Subject, '.')+1:])
		if err != nil {
			return
		}
		book.mu.Lock()
		defer book.mu.Unlock()
		book.take(m, time.Since(sentAt[i]))
		if left--; left == 0 {
			close(done)
		}
	})
	if err != nil {
		return nil, err
	}
	defer sub.Unsubscribe() //nolint:errcheck // the connection closes
	began := time.Now()
	for i := range n {
		due := began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		if wait := time.Until(due); wait > 0 {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
		book.mu.Lock()
		sentAt[i] = time.Now()
		book.mu.Unlock()
		if err := nc.PublishRequest("fn.busy", inbox+"."+strconv.Itoa(i), []byte("x")); err != nil {
			return nil, err
		}
	}
	select {
	case <-done:
	case <-time.After(patience):
		return nil, errors.New("not every call was answered")
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	book.elapsed = time.Since(began)
	return book, nil
}

// take books one answer. The caller holds mu.
func (a *account) take(m *nats.Msg, wait time.Duration) {
	outcome := m.Header.Get("Isolane-Outcome")
	if outcome == "" {
		outcome = "ok"
	}
	if outcome == "overloaded" {
		after, err := strconv.Atoi(m.Header.Get("Retry-After"))
		if err != nil {
			after = -1
		}
		a.retries[after]++
	}
	a.waits[outcome] = append(a.waits[outcome], wait)
}

func (a *account) print(w io.Writer) error {
	for _, outcome := range slices.Sorted(maps.Keys(a.waits)) {
		waits := a.waits[outcome]
		slices.Sort(waits)
		if _, err := fmt.Fprintf(w, "%-10s %6d  p50 %-10s p99 %-10s max %s\n", outcome, len(waits),
			waits[len(waits)/2].Round(10*time.Microsecond), waits[len(waits)*99/100].Round(10*time.Microsecond), waits[len(waits)-1].Round(10*time.Microsecond)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "Retry-After, seconds: %v\n", a.retries)
	return err
}
