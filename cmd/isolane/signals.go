package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// signalError is the cause of a context that a signal ended.
type signalError struct{ signal syscall.Signal }

// Error implements error.
func (e *signalError) Error() string { return "ended by " + e.signal.String() }

// status is the exit status of a process that the signal ended.
func (e *signalError) status() int { return 128 + int(e.signal) }

// untilSignal returns a context that the first SIGTERM or SIGINT ends, with a
// *signalError as its cause. The second signal ends the process at once, without
// any order: it is for whoever does not want to wait. stop gives the signals back.
func untilSignal(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for first := true; ; first = false {
			select {
			case <-done:
				return
			case s := <-signals:
				err := &signalError{signal: syscall.SIGTERM}
				if number, ok := s.(syscall.Signal); ok {
					err.signal = number
				}
				if !first {
					os.Exit(err.status())
				}
				cancel(err)
			}
		}
	})
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		watching.Wait()
		cancel(nil)
	}
}
