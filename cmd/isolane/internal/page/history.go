package page

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/isolane/isolane/actors/latency"
)

const (
	// slot is how long one column of a heat map is.
	slot = 10 * time.Second
	// Slots is how many columns a heat map has, of ten seconds each.
	Slots = 60
	// maxKept bounds of how many functions something is kept, maxFailures how much.
	maxKept     = 1000
	maxFailures = 10
)

// History is what was seen of functions lately. It knows no clock, and is safe for concurrent
// use.
type History struct {
	mu   sync.Mutex
	kept map[string]*kept // by name; guarded by mu
}

// kept is what was seen of one function.
type kept struct {
	total    latency.Counts // at the last look
	columns  []column       // the newest last, gaps left out
	failures []Failure      // the newest first
	seen     time.Time      // when there was anything new
}

// column is how many calls ended in one slot.
type column struct {
	at time.Time // the slot's begin
	n  latency.Counts
}

// NewHistory returns one that has seen nothing.
func NewHistory() *History { return &History{kept: map[string]*kept{}} }

// Look takes a reading of all functions at now.
func (h *History) Look(functions []Function, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range functions {
		fn := &functions[i]
		k := h.kept[fn.Name]
		if k == nil {
			if fn.Latency.Total() == 0 && fn.Last.Outcome == "" {
				continue
			}
			k = &kept{seen: now}
			h.kept[fn.Name] = k
		}
		k.look(fn, now)
	}
	h.forget()
}

// look takes a reading of one function.
func (k *kept) look(fn *Function, now time.Time) {
	since := fn.Latency.Since(&k.total)
	k.total = fn.Latency
	if since.Total() > 0 {
		k.seen = now
		at := now.Truncate(slot)
		if n := len(k.columns); n == 0 || !k.columns[n-1].at.Equal(at) {
			k.columns = append(k.columns, column{at: at})
		}
		k.columns[len(k.columns)-1].n.Add(&since)
	}
	oldest := now.Truncate(slot).Add(-(Slots - 1) * slot)
	k.columns = slices.DeleteFunc(k.columns, func(c column) bool { return c.at.Before(oldest) })
	if last := fn.Last; last.Outcome != "" && !slices.ContainsFunc(k.failures, last.same) {
		last.Seen, k.seen = now, now
		k.failures = slices.Insert(k.failures, 0, last)
		k.failures = k.failures[:min(len(k.failures), maxFailures)]
	}
}

// same reports whether o is the same failure, whenever it was seen.
func (f Failure) same(o Failure) bool {
	return f.Outcome == o.Outcome && f.Message == o.Message && f.Stack == o.Stack
}

// forget lets go of who was quiet for longest, over the bound. The caller holds mu.
func (h *History) forget() {
	if len(h.kept) <= maxKept {
		return
	}
	type named struct {
		name string
		seen time.Time
	}
	all := make([]named, 0, len(h.kept))
	for name, k := range h.kept {
		all = append(all, named{name, k.seen})
	}
	slices.SortFunc(all, func(a, b named) int { return cmp.Or(a.seen.Compare(b.seen), cmp.Compare(a.name, b.name)) })
	for _, one := range all[:len(all)-maxKept] {
		delete(h.kept, one.name)
	}
}

// Of returns what was seen of a function: the columns of the last ten minutes, the oldest
// first, and the failures, the newest first.
func (h *History) Of(name string, now time.Time) (columns [Slots]latency.Counts, failures []Failure) {
	h.mu.Lock()
	defer h.mu.Unlock()
	k := h.kept[name]
	if k == nil {
		return columns, nil
	}
	oldest := now.Truncate(slot).Add(-(Slots - 1) * slot)
	for _, c := range k.columns {
		if at := int(c.at.Sub(oldest) / slot); at >= 0 && at < Slots {
			columns[at] = c.n
		}
	}
	return columns, slices.Clone(k.failures)
}
