package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// cold is what one start of a peer took.
type cold struct {
	// Reply is from the start of the process to the first reply, to an echo.
	Reply time.Duration `json:"reply"`
	// First is the median of the first calls of its other functions.
	First time.Duration `json:"first"`
}

// start starts a peer anew, times it, and ends it.
func (a *arena) start(ctx context.Context, p peer) (c cold, err error) {
	conn, err := a.dial(ctx)
	if err != nil {
		return c, err
	}
	defer conn.Close()
	began := time.Now()
	s, err := a.serve(ctx, p, "cold-"+p.key)
	if err != nil {
		return c, err
	}
	defer func() {
		if e := end(ctx, s.process); err == nil {
			err = e
		}
	}()
	if _, err := a.ask(ctx, conn, s, echo("echo")[0]); err != nil {
		return c, err
	}
	c.Reply = time.Since(began)
	var firsts []time.Duration
	for _, l := range everyLoad() {
		if l.name != "mixed-64" {
			continue
		}
		for _, call := range l.calls {
			if call.wait > 0 {
				continue // what it waits for is not the peer's
			}
			began := time.Now()
			if _, err := a.ask(ctx, conn, s, call); err != nil {
				return c, err
			}
			firsts = append(firsts, time.Since(began))
		}
	}
	if len(firsts) == 0 {
		return c, fmt.Errorf("%s has no function to call", p.name)
	}
	slices.Sort(firsts)
	c.First = firsts[len(firsts)/2]
	return c, nil
}
