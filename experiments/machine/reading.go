package machine

import (
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// Reading is what the process and the machine had used at one moment.
type Reading struct {
	at time.Time
	// process is the processor time of this process; stolen and total are those of the
	// machine, in seconds of all its processors; busy is what anything ran on those that this
	// process may use.
	process             time.Duration
	stolen, total, busy float64
}

// Use is what was used between two readings.
type Use struct {
	Elapsed time.Duration
	// CPU is the processor time of this process, Cores the same for each second.
	CPU   time.Duration
	Cores float64
	// Busy is how many of the processors that this process may use were busy with
	// anything, itself included.
	Busy float64
	// Steal is the part of the machine's processor time that its host gave to others.
	Steal float64
}

// Read takes a reading.
func Read() Reading {
	r := Reading{at: time.Now()}
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err == nil {
		r.process = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return r
	}
	if stat, err := fs.Stat(); err == nil {
		c := stat.CPUTotal
		r.stolen = c.Steal
		r.total = busy(c) + c.Idle + c.Iowait + c.Steal
		r.busy = busyOf(stat)
	}
	return r
}

func busy(c procfs.CPUStat) float64 { return c.User + c.Nice + c.System + c.IRQ + c.SoftIRQ }

// busyOf adds up the processors that this thread may use.
func busyOf(stat procfs.Stat) float64 {
	var usable unix.CPUSet
	if err := unix.SchedGetaffinity(0, &usable); err != nil {
		return busy(stat.CPUTotal)
	}
	sum := 0.0
	for i, c := range stat.CPU {
		if usable.IsSet(int(i)) {
			sum += busy(c)
		}
	}
	return sum
}

// IsZero reports whether r was never taken.
func (r Reading) IsZero() bool { return r.at.IsZero() }

// Since returns what was used from before until r.
func (r Reading) Since(before Reading) Use {
	use := Use{Elapsed: r.at.Sub(before.at), CPU: r.process - before.process}
	if use.Elapsed > 0 {
		use.Cores = use.CPU.Seconds() / use.Elapsed.Seconds()
		use.Busy = max((r.busy-before.busy)/use.Elapsed.Seconds(), use.Cores) // /proc/stat counts in hundredths of a second
	}
	if total := r.total - before.total; total > 0 {
		use.Steal = (r.stolen - before.stolen) / total
	}
	return use
}
