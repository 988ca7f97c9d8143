package jsruntime

import (
	"sync"
	"time"
)

// watchdog terminates a turn that takes too long. It is armed before each entry into
// JavaScript and disarmed after it, on the owner's goroutine; only its timer runs
// elsewhere. One that fired condemns the isolate, even where the turn had just ended
// by itself: V8 would carry the termination over into the next turn.
type watchdog struct {
	terminate func()

	mu    sync.Mutex
	armed bool // guarded by mu
	fired bool // guarded by mu
	timer *time.Timer
}

// arm allows the coming turn d of time.
func (w *watchdog) arm(d time.Duration) {
	w.mu.Lock()
	w.armed, w.fired = true, false
	w.mu.Unlock()
	if w.timer == nil {
		w.timer = time.AfterFunc(d, w.fire)
		return
	}
	w.timer.Reset(d)
}

// disarm ends the turn and reports whether it had to be terminated.
func (w *watchdog) disarm() bool {
	w.timer.Stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed = false
	return w.fired
}

// hasFired reports, within a turn, whether it had to be terminated.
func (w *watchdog) hasFired() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fired
}

func (w *watchdog) fire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.armed {
		w.fired = true
		w.terminate()
	}
}
