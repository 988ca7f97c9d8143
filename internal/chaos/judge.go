package chaos

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// evidence is all that is known of a scenario when it is over. What follows is pure.
type evidence struct {
	records []record
	strange []string // answers to calls that were never sent
	runs    []run
	// idempotent are the functions that may run again.
	idempotent map[string]bool
	// trouble is from the fault's begin until all was in order again.
	trouble window
	// victims are the members that may have taken calls and not answered them, and when;
	// without an end until trouble's.
	victims map[string]window
	// serverGone: the NATS server itself was away, so that any answer may be lost.
	serverGone bool
	// answersDue: who takes calls from NATS has no fault, so that none may be lost.
	answersDue bool
	// clocksDiffer: At of the runs cannot be compared.
	clocksDiffer bool
}

// maxAttempts is how often an idempotent call may run (package route).
const maxAttempts = 3

// judge returns every promise that did not hold.
func judge(e evidence) []Broken {
	runs := map[string][]run{}
	for _, r := range e.runs {
		runs[r.ID] = append(runs[r.ID], r)
	}
	var found []Broken
	for _, s := range e.strange {
		found = append(found, broken(oneOutcome, "an answer to a call that was never sent: %s", s))
	}
	sent := map[string]bool{}
	for _, r := range e.records {
		sent[r.id] = true
		found = append(found, e.judgeCall(r, runs[r.id])...)
	}
	for id := range runs {
		if !sent[id] {
			found = append(found, broken(oneOutcome, "%s ran, and was never sent", id))
		}
	}
	found = append(found, e.judgeSolo()...)
	slices.SortFunc(found, func(a, b Broken) int {
		return cmp.Or(cmp.Compare(a.Promise, b.Promise), strings.Compare(a.What, b.What))
	})
	return found
}

func (e evidence) judgeCall(r record, runs []run) []Broken {
	var found []Broken
	if r.answers > 1 {
		found = append(found, broken(oneOutcome, "%s of %s has %d answers", r.id, r.fn, r.answers))
	}
	if r.wrong != "" {
		found = append(found, broken(oneOutcome, "%s of %s was answered with what is not its own: %s", r.id, r.fn, r.wrong))
	}
	switch n := len(runs); {
	case e.idempotent[r.fn] && n > maxAttempts:
		found = append(found, broken(neverTwice, "%s of %s ran %d times", r.id, r.fn, n))
	case !e.idempotent[r.fn] && n > 1 && r.outcome != "crashed":
		found = append(found, broken(neverTwice, "%s of %s ran %d times, and ended %s", r.id, r.fn, n, r.outcome))
	case r.outcome == okay && n == 0:
		found = append(found, broken(oneOutcome, "%s of %s was answered and never ran", r.id, r.fn))
	}
	if r.outcome == okay {
		return found
	}
	life := window{r.sent, r.ended}
	if !e.trouble.overlaps(life) {
		return append(found, broken(oneOutcome, "%s of %s ended %q, %s%s", r.id, r.fn, r.outcome, e.when(r), r.because()))
	}
	if e.answersDue && r.outcome == noReply {
		found = append(found, broken(oneOutcome, "%s of %s has no answer, and who took it lives (%s)", r.id, r.fn, where(runs)))
	}
	if r.fn != solo && !e.excused(life, runs) {
		found = append(found, broken(deathCosts, "%s of %s ended %q, %s, and no member that had a fault had it (%s)%s",
			r.id, r.fn, r.outcome, e.when(r), where(runs), r.because()))
	}
	return found
}

// excused reports whether a fault explains that a call of a shared function did not go
// well: a member that had one then had it, or may have had it.
func (e evidence) excused(life window, runs []run) bool {
	if e.serverGone {
		return true
	}
	hit := func(w window) bool {
		if w.to.IsZero() {
			w.to = e.trouble.to
		}
		return w.overlaps(life)
	}
	if len(runs) > 0 {
		for _, r := range runs {
			if w, ok := e.victims[r.Node]; ok && hit(w) {
				return true
			}
		}
		return false
	}
	for _, w := range e.victims {
		if hit(w) {
			return true
		}
	}
	return false
}

// because is what the answer said.
func (r record) because() string {
	if r.why == "" {
		return ""
	}
	return ": " + r.why
}

func (e evidence) when(r record) string {
	switch {
	case r.sent.Before(e.trouble.from):
		return "sent " + e.trouble.from.Sub(r.sent).Round(time.Millisecond).String() + " before the fault"
	case r.sent.After(e.trouble.to):
		return "sent " + r.sent.Sub(e.trouble.to).Round(time.Millisecond).String() + " after all was in order"
	default:
		return "sent " + r.sent.Sub(e.trouble.from).Round(time.Millisecond).String() + " after the fault began"
	}
}

func where(runs []run) string {
	if len(runs) == 0 {
		return "it never ran"
	}
	var nodes []string
	for _, r := range runs {
		nodes = append(nodes, r.Node)
	}
	return "it ran on " + strings.Join(nodes, ", ")
}

// judgeSolo looks for two isolates of the dedicated function that took turns: by when
// each run began, those of one isolate are one stretch.
func (e evidence) judgeSolo() []Broken {
	var found []Broken
	last := ""
	over := map[string]bool{}
	for _, r := range e.solos() {
		if r.Isolate == last {
			continue
		}
		if over[r.Isolate] {
			found = append(found, broken(oneIsolate, "%s ran in an isolate on %s after another had taken its place", r.ID, r.Node))
		}
		over[last] = true
		last = r.Isolate
	}
	return found
}

// solos are the runs of the dedicated function in the order in which they began.
func (e evidence) solos() []run {
	var runs []run
	for _, r := range e.runs {
		if r.Fn == solo {
			runs = append(runs, r)
		}
	}
	if !e.clocksDiffer { // else in the order in which their notes came
		slices.SortStableFunc(runs, func(a, b run) int { return cmp.Compare(a.At, b.At) })
	}
	return runs
}
