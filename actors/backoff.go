package actors

import "time"

// The back-off before an isolate is made again.
const (
	backoffWindow = 10 * time.Second
	backoffFree   = 3
	backoffFirst  = 10 * time.Millisecond
	backoffCap    = time.Second
)

// backoff returns how long to wait before a restart, given the number of restarts
// of this runtime within the last backoffWindow and rnd in [0, 1). The first ones, free of
// them, come at once; then the delay doubles from 10 ms up to a second, of which the upper
// half is jitter, so that runtimes that died together do not start together.
func backoff(restarts, free int, rnd float64) time.Duration {
	if restarts < free {
		return 0
	}
	d := backoffCap
	if k := restarts - free; k < 7 { // 10ms << 7 is over the cap
		d = backoffFirst << k
	}
	return d/2 + time.Duration(rnd*float64(d/2))
}

// recent drops the times that are out of the window.
func recent(times []time.Time, now time.Time, window time.Duration) []time.Time {
	keep := times[:0]
	for _, at := range times {
		if now.Sub(at) < window {
			keep = append(keep, at)
		}
	}
	return keep
}
