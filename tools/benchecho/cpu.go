package main

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// spent is the CPU time that a process has used, in all its threads, to the nanosecond:
// /proc/PID/stat counts in hundredths of a second, in which a Go responder answers
// thousands of calls.
func spent(pid int) (time.Duration, error) {
	var ts unix.Timespec
	// The clock of another process; see clock_getcpuclockid(3).
	const schedClock = 2
	if err := unix.ClockGettime(int32(^pid<<3|schedClock), &ts); err != nil { //nolint:gosec // a process id
		return 0, fmt.Errorf("CPU time of process %d: %w", pid, err)
	}
	return time.Duration(ts.Nano()), nil
}
