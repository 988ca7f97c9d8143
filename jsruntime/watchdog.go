package jsruntime

import (
	"sync"
	"time"
)

// insist is how often a turn that goes on is terminated again. V8 loses a termination
// that is asked for while no thread holds the isolate, as before a turn has entered it.
const insist = 5 * time.Millisecond

// watchdog terminates a turn that takes too long. It is armed before each entry into
// JavaScript and disarmed after it, on the owner's goroutine; only its timer runs
// elsewhere. One that fired condemns the isolate, even where the turn had just ended
// by itself: V8 would carry the termination over into the next turn.
type watchdog struct {
	terminate func()

	mu    sync.Mutex
	armed bool // guarded by mu
	fired bool // guarded by mu
	// due is when the turn has used up its time; guarded by mu. A timer of an earlier
	// turn that comes late must not end this one.
	due   time.Time
	timer *time.Timer // guarded by mu
}

// arm allows the coming turn d of time from now.
func (w *watchdog) arm(now time.Time, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed, w.fired, w.due = true, false, now.Add(d)
	if w.timer == nil {
		w.timer = time.AfterFunc(d, w.fire)
		return
	}
	w.timer.Reset(d)
}

// disarm ends the turn and reports whether it had to be terminated.
func (w *watchdog) disarm() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
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
	if !w.armed {
		return
	}
	if early := time.Until(w.due); early > 0 {
		w.timer.Reset(early)
		return
	}
	w.fired = true
	w.terminate()
	w.timer.Reset(insist)
}
