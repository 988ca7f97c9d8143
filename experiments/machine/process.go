package machine

import (
	"fmt"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// Process is what a process, another one too, has used until one moment.
type Process struct {
	// CPU is the processor time of all its threads, to the nanosecond; that of its children
	// is not in it.
	CPU time.Duration
	// Resident is the memory that it holds now, Peak the most that it held since it began,
	// in bytes.
	Resident, Peak uint64
}

// ReadProcess reads what the process pid has used. The error says that it is gone, or that
// this is not Linux.
func ReadProcess(pid int) (Process, error) {
	var p Process
	var ts unix.Timespec
	// The clock of another process; see clock_getcpuclockid(3). /proc counts in hundredths
	// of a second, in which a server answers thousands of calls.
	const schedClock = 2
	if err := unix.ClockGettime(int32(^pid<<3|schedClock), &ts); err != nil { //nolint:gosec // a process id
		return p, fmt.Errorf("machine: CPU time of process %d: %w", pid, err)
	}
	p.CPU = time.Duration(ts.Nano())
	proc, err := procfs.NewProc(pid)
	if err != nil {
		return p, fmt.Errorf("machine: process %d: %w", pid, err)
	}
	status, err := proc.NewStatus()
	if err != nil {
		return p, fmt.Errorf("machine: memory of process %d: %w", pid, err)
	}
	p.Resident, p.Peak = status.VmRSS, status.VmHWM
	return p, nil
}
