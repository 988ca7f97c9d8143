package loadgen

import (
	"fmt"
	"time"
)

// What the generator may use or be late by before its figures are in doubt.
const (
	// busy is the part of the machine's processors that leaves nothing for others.
	busy = 0.85
	// lateBy is a lag at the 99th percentile that is always too much to ignore where it
	// is more than a tenth of the latency there.
	lateBy = time.Millisecond
	// occupied is the part of a step from which on a connection that spends it on sending
	// has no time left for bursts.
	occupied = 0.7
	// stolen is the part of time given to others from which on a run proves little.
	stolen = 0.05
)

// limits says why the figures of a step may be those of the generator or the machine,
// and what to do. It is a pure function.
func limits(r StepResult, cpus, maxOutstanding int) []string {
	var said []string
	if n := r.Ends[EndNotSent]; n > 0 {
		said = append(said, fmt.Sprintf("%d requests were not sent, since %d were outstanding: the load was lower than asked for; raise the bound, or lower the timeout", n, maxOutstanding))
	}
	lag, p99 := time.Duration(r.Lag.P99)*time.Microsecond, time.Duration(r.Latency.P99)*time.Microsecond
	if lag > lateBy && lag > p99/10 {
		said = append(said, fmt.Sprintf("requests were sent late (99 %%: %s), and the latencies hold that delay: %s", lag, late(r, cpus)))
	}
	if r.Cores > busy*float64(cpus) {
		said = append(said, fmt.Sprintf("the generator kept %.1f of %d processors busy: what it measures has too few left; lower the rate, or use another machine", r.Cores, cpus))
	}
	if r.Steal > stolen {
		said = append(said, fmt.Sprintf("the host gave %.0f %% of this machine's time to others: measure again at a quieter time", 100*r.Steal))
	}
	return said
}

// late says why requests were sent late. A connection whose sending takes all its time is told from a
// generator that got no processor: on a full machine sending takes longer, too, and more
// connections would help nobody.
func late(r StepResult, cpus int) string {
	switch {
	case r.Busy > busy*float64(cpus) && r.Cores > r.Busy/2:
		return fmt.Sprintf("the generator waited for a processor, of which it kept %.1f of %d busy itself; lower the rate, or use another machine", r.Cores, cpus)
	case r.Busy > busy*float64(cpus):
		return fmt.Sprintf("the generator waited for a processor, since others kept %.1f of %d busy and itself %.1f; send from another machine, or leave it a processor of its own", r.Busy-r.Cores, cpus, r.Cores)
	case r.Sending > occupied:
		return fmt.Sprintf("a connection spent %.0f %% of the time on sending; use more connections", 100*min(r.Sending, 1))
	default:
		return fmt.Sprintf("the generator was woken late, though its connections had time (%.0f %% spent on sending) and %.1f of %d processors were busy; look for a quota, for bursts of other work, or for a host that is shared", 100*r.Sending, r.Busy, cpus)
	}
}
