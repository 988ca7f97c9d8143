package actors

import (
	"fmt"
	"time"
)

// quarantine decides which functions are refused because they condemn too many
// isolates. It is pure, but for its own state, and not safe for concurrent use.
type quarantine struct {
	cfg QuarantineConfig
	// counted holds the condemnations of the last window, by function.
	counted map[string][]time.Time
	held    map[string]sentence
}

// sentence is why a function is refused, and until when.
type sentence struct {
	until time.Time
	cause string
}

func newQuarantine(cfg QuarantineConfig) *quarantine {
	return &quarantine{cfg: cfg, counted: map[string][]time.Time{}, held: map[string]sentence{}}
}

// condemned notes that fn condemned an isolate, and reports whether it is refused
// from now on.
func (q *quarantine) condemned(fn, cause string, now time.Time) bool {
	if q.cfg.Max == 0 || fn == "" {
		return false
	}
	times := append(recent(q.counted[fn], now, q.cfg.Window), now)
	if len(times) <= q.cfg.Max {
		q.counted[fn] = times
		return false
	}
	delete(q.counted, fn)
	q.held[fn] = sentence{until: now.Add(q.cfg.Hold), cause: cause}
	return true
}

// check returns the sentence of fn, where it has one that is not over.
func (q *quarantine) check(fn string, now time.Time) (sentence, bool) {
	if len(q.held) == 0 {
		return sentence{}, false
	}
	s, ok := q.held[fn]
	if ok && !now.Before(s.until) {
		delete(q.held, fn)
		return sentence{}, false
	}
	return s, ok
}

// lift forgets all about fn.
func (q *quarantine) lift(fn string) {
	delete(q.counted, fn)
	delete(q.held, fn)
}

// message says in one line what is wrong, why, and what to do.
func (q *quarantine) message(fn string, s sentence) string {
	return fmt.Sprintf("function %s is quarantined until %s: it condemned more than %d isolates within %s, the last by %s; deploy a corrected version to lift it",
		fn, s.until.UTC().Format(time.RFC3339), q.cfg.Max, q.cfg.Window, s.cause)
}
