package jsruntime

import (
	"sync"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

const (
	// insist is how often a turn that goes on is terminated again. V8 loses a
	// termination that is asked for while no thread holds the isolate, as before a turn
	// has entered it.
	insist = 5 * time.Millisecond
	// firstLook is the age at which a turn is looked at. A shorter one costs no look, and
	// is charged with its wall time.
	firstLook = 2 * time.Millisecond
	// lookAgain is the longest time between two looks.
	lookAgain = 10 * time.Millisecond
	// defaultGrace is how long a turn may go on after it was terminated.
	defaultGrace = 5 * time.Second
)

// watchdog terminates a turn that takes too long. It is armed before each entry into
// JavaScript and disarmed after it, on the owner's goroutine; only its timer runs
// elsewhere. One that fired condemns the isolate, even where the turn had just ended
// by itself: V8 would carry the termination over into the next turn.
//
// Time is the thread's own from the first look on, so that neither a neighbour nor a
// busy machine is charged to a turn; where the thread's clock cannot be read, it is
// the wall's.
type watchdog struct {
	// grace is how long after a termination stuck is called, once for a turn, from the
	// timer's goroutine. Where the engine says that the turn is lost it is called at once.
	grace time.Duration
	stuck func(culprit *invocation, spent time.Duration, lost *function.LimitError)

	mu    sync.Mutex
	timer *time.Timer // guarded by mu, as all below
	// due is when the timer fires; zero: it does not. It is left running between turns,
	// which are short: to stop it and set it anew for each costs more than firing now and
	// then for a turn that is over.
	due   time.Time
	armed bool
	fired bool
	// told says that stuck was called.
	told    bool
	isolate Isolate
	culprit *invocation
	thread  thread
	began   time.Time
	firedAt time.Time
	// rest are the turns of a volley that may follow this one; nil where none may. unbegun
	// hears of them when they are taken away, and tookBack says that it has.
	rest     *rest
	unbegun  func(begun int)
	tookBack bool
	// budget is the turn's time on its thread, wall its time on the wall.
	budget, wall time.Duration
	// looked says that baseWall of wall time were spent when the thread's clock showed
	// baseCPU.
	looked            bool
	baseWall, baseCPU time.Duration
}

// arm begins a turn of culprit in isolate at now, on the calling goroutine's thread.
func (w *watchdog) arm(now time.Time, culprit *invocation, isolate Isolate, budget, wall time.Duration) {
	w.armAll(now, culprit, nil, isolate, budget, wall)
}

// armAll is arm for a volley, of which culprit's turn is the first; rest is nil where there
// is but that one. The turns have the same budget, each for itself.
func (w *watchdog) armAll(now time.Time, culprit *invocation, all *rest, isolate Isolate, budget, wall time.Duration) {
	t := holdThread()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed, w.fired, w.told, w.looked, w.tookBack = true, false, false, false, false
	w.rest = all
	w.culprit, w.isolate, w.thread, w.began, w.budget, w.wall = culprit, isolate, t, now, budget, wall
	w.wake(now, min(firstLook, budget, wall))
}

// wake has the timer fire after d at the latest. The caller holds mu.
func (w *watchdog) wake(now time.Time, d time.Duration) {
	at := now.Add(d)
	if !w.due.IsZero() && !at.Before(w.due) {
		return
	}
	w.due = at
	if w.timer == nil {
		w.timer = time.AfterFunc(d, w.fire)
		return
	}
	w.timer.Reset(d)
}

// disarm ends the turn and reports whether it had to be terminated, and what it cost.
func (w *watchdog) disarm() (fired bool, spent time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.end()
}

// end is what disarm does. The caller holds mu.
func (w *watchdog) end() (fired bool, spent time.Duration) {
	w.armed = false
	spent = w.spent(time.Now())
	w.thread.release()
	w.isolate, w.culprit, w.rest = nil, nil, nil
	return w.fired, spent
}

// hasFired reports, within a turn, whether it had to be terminated.
func (w *watchdog) hasFired() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fired
}

// spent is what the turn has cost by now. The caller holds mu.
func (w *watchdog) spent(now time.Time) time.Duration {
	if w.looked {
		if cpu, ok := w.thread.cpu(); ok {
			return w.baseWall + max(0, cpu-w.baseCPU)
		}
	}
	return now.Sub(w.began)
}

func (w *watchdog) fire() {
	if stuck := w.look(time.Now()); stuck != nil {
		stuck()
	}
}

// look is what the timer does; it returns what is to be called without the lock.
func (w *watchdog) look(now time.Time) func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.due = time.Time{}
	if !w.armed {
		return nil
	}
	age := now.Sub(w.began)
	if early := min(firstLook, w.budget, w.wall) - age; early > 0 { // it was set for an earlier turn
		w.wake(now, early)
		return nil
	}
	w.single()
	age = now.Sub(w.began)
	if !w.looked {
		if cpu, ok := w.thread.cpu(); ok {
			w.looked, w.baseWall, w.baseCPU = true, age, cpu
		}
	}
	spent := w.spent(now)
	if lost := w.isolate.Lost(); lost != nil {
		w.fired = true
		return w.tell(spent, lost)
	}
	if !w.fired && spent < w.budget && age < w.wall {
		w.isolate.Look()
		w.wake(now, max(time.Millisecond, min(w.budget-spent, w.wall-age, lookAgain)))
		return nil
	}
	if !w.fired {
		w.fired, w.firedAt = true, now
	}
	w.isolate.Terminate()
	if now.Sub(w.firedAt) < w.grace {
		w.wake(now, insist)
		return nil
	}
	w.wake(now, time.Second)
	return w.tell(spent, nil)
}

// tell returns the call of stuck, the first time. The caller holds mu.
func (w *watchdog) tell(spent time.Duration, lost *function.LimitError) func() {
	if w.told {
		return nil
	}
	w.told = true
	w.thread.stepBack()
	culprit := w.culprit
	return func() { w.stuck(culprit, spent, lost) }
}
