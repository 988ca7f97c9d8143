package jsruntime

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// thread is the operating system's thread that a turn runs on.
type thread int

// holdThread keeps the goroutine on its thread until release.
func holdThread() thread {
	runtime.LockOSThread()
	return thread(unix.Gettid())
}

func (thread) release() { runtime.UnlockOSThread() }

// cpu is the time that the thread has been running. It may be asked for from any
// thread: see the clock ids of clock_getres(2).
func (t thread) cpu() (time.Duration, bool) {
	var ts unix.Timespec
	const perThreadSchedClock = 4 | 2
	if err := unix.ClockGettime(int32(^int64(t)<<3|perThreadSchedClock), &ts); err != nil {
		return 0, false
	}
	return time.Duration(ts.Nano()), true
}

// stepBack gives the thread the lowest priority, so that one that cannot be stopped
// takes what others leave.
func (t thread) stepBack() { _ = unix.Setpriority(unix.PRIO_PROCESS, int(t), 19) }
