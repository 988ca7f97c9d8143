package threadtime

import (
	"runtime"
	"time"
)

// Meter measures the goroutine that started it, which stays on its thread until Stop. It
// belongs to that goroutine.
type Meter struct{ last time.Duration }

// Start begins to measure.
func Start() *Meter {
	runtime.LockOSThread()
	return &Meter{last: clock()}
}

// Lap is what was computed since Start or the last Lap.
func (m *Meter) Lap() time.Duration {
	now := clock()
	lap := now - m.last
	m.last = now
	return lap
}

// Stop lets the goroutine move again.
func (m *Meter) Stop() { runtime.UnlockOSThread() }
