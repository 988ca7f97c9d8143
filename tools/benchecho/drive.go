package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// maxConns is over how many connections the requesters are spread.
const maxConns = 4

// driven is what the client saw.
type driven struct {
	elapsed  time.Duration
	p50, p99 time.Duration
}

// drive has requesters send n requests between them, one after another each.
func drive(ctx context.Context, conns []*nats.Conn, requesters, n int, subject string) (driven, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	payload := bytes.Repeat([]byte("x"), 64)
	latencies := make([][]time.Duration, requesters)
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	began := time.Now()
	for r := range requesters {
		wg.Go(func() {
			nc := conns[r%len(conns)]
			for left.Add(-1) >= 0 && ctx.Err() == nil {
				sent := time.Now()
				m, err := nc.Request(subject, payload, patience)
				if err == nil && !bytes.Equal(m.Data, payload) {
					err = fmt.Errorf("wrong reply: %q %v", m.Data, m.Header)
				}
				if err != nil {
					cancel(fmt.Errorf("request to %s: %w", subject, err))
					return
				}
				latencies[r] = append(latencies[r], time.Since(sent))
			}
		})
	}
	wg.Wait()
	d := driven{elapsed: time.Since(began)}
	if ctx.Err() != nil {
		return d, context.Cause(ctx)
	}
	all := slices.Concat(latencies...)
	slices.Sort(all)
	d.p50, d.p99 = all[len(all)/2], all[len(all)*99/100]
	return d, nil
}

// connect makes n connections.
func connect(url string, n int) ([]*nats.Conn, func(), error) {
	var conns []*nats.Conn
	closeAll := func() {
		for _, nc := range conns {
			nc.Close()
		}
	}
	for range n {
		nc, err := nats.Connect(url)
		if err != nil {
			closeAll()
			return nil, nil, fmt.Errorf("connect the client: %w", err)
		}
		conns = append(conns, nc)
	}
	return conns, closeAll, nil
}
