package shed

import "time"

// Config says what is long.
type Config struct {
	// Target is the wait that is long; 0 sheds nothing.
	Target time.Duration
	// Interval is over how long no wait may be shorter for an overload. Several times
	// Target, and longer than the bursts that are to be ridden out.
	Interval time.Duration
	// Calls is how many calls of a function may wait for one runtime without that being
	// an overload, whatever Target is: Scaled makes a target of it.
	Calls int
}

// Scaled returns c for a function whose calls cost so much, on runtimes of them.
func (c Config) Scaled(cost time.Duration, runtimes int) Config {
	if c.Target > 0 {
		c.Target = max(c.Target, cost*time.Duration(c.Calls)/time.Duration(max(runtimes, 1)))
		c.Interval = max(c.Interval, 2*c.Target)
	}
	return c
}

// State is what is known of one function. The zero value is one that is not overloaded.
type State struct {
	// began is when the waits began to be long without a break; zero: the last one was not.
	began time.Time
	// over says that the function is overloaded, refused when a call was last refused.
	over    bool
	refused time.Time
	// last is when a call started and left others waiting, and gap the average time from
	// one start to the next meanwhile; 0: not known.
	last time.Time
	gap  time.Duration
}

// learn is the part of State.gap that a new one replaces.
const learn = 8

// Over reports whether the function is overloaded.
func (s *State) Over() bool { return s.over }

// Wait returns how long a call that comes now will wait, where so many are before it and
// the oldest of them has waited so long.
func (s *State) Wait(queued int, oldest time.Duration) time.Duration {
	return max(oldest, time.Duration(queued)*s.gap)
}

// Refuse reports whether a call that comes now is to be refused, where so many are before
// it and the oldest of them has waited so long.
func (s *State) Refuse(cfg Config, queued int, oldest time.Duration, now time.Time) bool {
	if cfg.Target <= 0 || queued == 0 {
		return false
	}
	wait := s.Wait(queued, oldest)
	if wait >= cfg.Target+cfg.Interval {
		s.enter(now)
	}
	if !s.over || wait < cfg.Target {
		return false
	}
	s.refused = now
	return true
}

// Started takes note that a call has waited so long when its turn comes, with so many
// behind it. One that has none behind it counts as one that did not wait: what kept it was
// no queue.
func (s *State) Started(cfg Config, waited time.Duration, behind int, now time.Time) {
	if cfg.Target <= 0 {
		return
	}
	s.measure(behind, now)
	switch {
	case s.over:
		if now.Sub(s.refused) >= cfg.Interval {
			s.over, s.began = false, time.Time{}
		}
	case waited < cfg.Target || behind == 0:
		s.began = time.Time{} // the next long wait begins an interval
	case s.began.IsZero():
		s.began = now
	case now.Sub(s.began) >= cfg.Interval:
		s.enter(now)
	}
}

func (s *State) enter(now time.Time) {
	if !s.over {
		s.over, s.refused = true, now
	}
}

// measure learns how fast calls start.
func (s *State) measure(behind int, now time.Time) {
	if !s.last.IsZero() {
		if gap := now.Sub(s.last); s.gap == 0 {
			s.gap = gap
		} else {
			s.gap += (gap - s.gap) / learn
		}
	}
	if s.last = now; behind == 0 {
		s.last = time.Time{}
	}
}

// longestRetry bounds what a caller is told to wait.
const longestRetry = 30 * time.Second

// RetryAfter is how long a caller should wait where a call would wait so long now: twice
// that, but no less than least, and half a minute at most.
func RetryAfter(least, wait time.Duration) time.Duration {
	return max(least, min(2*wait, longestRetry))
}
