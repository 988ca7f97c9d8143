package loadgen

import (
	"math/rand/v2"
	"time"
)

// schedule yields the times of an open loop's requests, as offsets from its beginning, in
// order. It is a pure function of what it was made with, and not safe for concurrent use.
type schedule struct {
	arrivals Arrivals
	rate     float64
	n        float64
	at       float64 // seconds
	draw     *rand.Rand
}

func newSchedule(arrivals Arrivals, rate float64, seed uint64) *schedule {
	return &schedule{arrivals: arrivals, rate: rate, draw: rand.New(rand.NewPCG(seed, 2))} //nolint:gosec // no secret
}

// next returns when the next request is to be sent.
func (s *schedule) next() time.Duration {
	if s.arrivals == Poisson {
		s.at += s.draw.ExpFloat64() / s.rate
		return time.Duration(s.at * float64(time.Second))
	}
	at := s.n / s.rate // not a sum: it would drift
	s.n++
	return time.Duration(at * float64(time.Second))
}
