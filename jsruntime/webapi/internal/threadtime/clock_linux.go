package threadtime

import (
	"time"

	"golang.org/x/sys/unix"
)

// clock is the time that the calling thread has been running.
func clock() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
