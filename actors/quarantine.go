package actors

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// quarantine decides which functions are refused: for a time, because they condemn
// too many isolates, or until another version is deployed, because a call of them
// could not be stopped. It is pure, but for its own state, and not safe for concurrent
// use.
type quarantine struct {
	cfg QuarantineConfig
	// counted holds the condemnations of the last window, by function.
	counted map[string][]time.Time
	held    map[string]sentence
	// stuck holds a sentence for each version that got a runtime stuck.
	stuck map[string][]sentence
}

// sentence is why a function is refused, and until when.
type sentence struct {
	until time.Time // zero: until another version is deployed
	// version is the one that is refused; "" for each.
	version string
	cause   string
}

func newQuarantine(cfg QuarantineConfig) *quarantine {
	return &quarantine{cfg: cfg, counted: map[string][]time.Time{}, held: map[string]sentence{}, stuck: map[string][]sentence{}}
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

// stick notes that this version of fn got a runtime stuck: it is refused from now on,
// also where quarantine is switched off.
func (q *quarantine) stick(fn, version, cause string) {
	if fn != "" {
		q.forget(fn, func(s sentence) bool { return s.version == version })
		q.stuck[fn] = append(q.stuck[fn], sentence{version: version, cause: cause})
	}
}

// none reports whether nothing is refused.
func (q *quarantine) none() bool { return len(q.held)+len(q.stuck) == 0 }

// names returns the functions of which a version may be refused, sorted.
func (q *quarantine) names() []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(q.held)), maps.Keys(q.stuck))
	slices.Sort(names)
	return slices.Compact(names)
}

// check returns the sentence of this version of fn, where it has one that is not over.
func (q *quarantine) check(fn, version string, now time.Time) (sentence, bool) {
	for _, s := range q.stuck[fn] {
		if s.version == version {
			return s, true
		}
	}
	s, ok := q.held[fn]
	if ok && !now.Before(s.until) {
		delete(q.held, fn)
		return sentence{}, false
	}
	return s, ok
}

// lift forgets all about fn, of which version was deployed, or which was removed
// ("") - but not that it got a runtime stuck, unless this is another version.
func (q *quarantine) lift(fn, version string) {
	delete(q.counted, fn)
	delete(q.held, fn)
	if version != "" {
		q.forget(fn, func(s sentence) bool { return s.version != version })
	}
}

// forget drops the sentences of the versions of fn that which names.
func (q *quarantine) forget(fn string, which func(sentence) bool) {
	if left := slices.DeleteFunc(q.stuck[fn], which); len(left) > 0 {
		q.stuck[fn] = left
	} else {
		delete(q.stuck, fn)
	}
}

// message says in one line what is wrong, why, and what to do.
func (q *quarantine) message(fn string, s sentence) string {
	if s.until.IsZero() {
		return fmt.Sprintf("function %s is quarantined until another version of it is deployed: a call could not be stopped, and holds a thread of the node, by %s", fn, s.cause)
	}
	return fmt.Sprintf("function %s is quarantined until %s: it condemned more than %d isolates within %s, the last by %s; deploy a corrected version to lift it",
		fn, s.until.UTC().Format(time.RFC3339), q.cfg.Max, q.cfg.Window, s.cause)
}
