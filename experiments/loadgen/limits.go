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
		said = append(said, fmt.Sprintf("requests were sent late (99 %%: %s): the latencies hold the generator's own delay; use more connections, or another machine", lag))
	}
	if r.Cores > busy*float64(cpus) {
		said = append(said, fmt.Sprintf("the generator kept %.1f of %d processors busy: what it measures has too few left; lower the rate, or use another machine", r.Cores, cpus))
	}
	if r.Steal > stolen {
		said = append(said, fmt.Sprintf("the host gave %.0f %% of this machine's time to others: measure again at a quieter time", 100*r.Steal))
	}
	return said
}
