//go:build !linux

package jsruntime

import "time"

// thread is not known here: a turn is charged with the time of the clock on the wall.
type thread struct{}

func holdThread() thread                  { return thread{} }
func (thread) release()                   {}
func (thread) cpu() (time.Duration, bool) { return 0, false }
func (thread) stepBack()                  {}
