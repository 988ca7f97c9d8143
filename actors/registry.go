package actors

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/actors/fair"
	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/actors/shed"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// FunctionInfo is a snapshot of one deployed function.
type FunctionInfo struct {
	Name, Version string
	// Since is when this version was deployed here.
	Since time.Time
	// Manifest is the version's manifest.
	Manifest function.Manifest
	// Outcomes counts the answers since the node began, of all versions; an outcome
	// that never came is absent.
	Outcomes map[function.Outcome]uint64
	// Spent sums the time from the first JavaScript to the reply, of all these answers.
	Spent time.Duration
	// Used sums what the receipts of these answers say.
	Used Used
	// Latency counts the accepted calls by the time from when the node took them on to their
	// answer; nil before the first one. Traces are some of those that came with a trace.
	Latency *latency.Counts
	Traces  []Traced
	// Last is the last answer that was not ok; its Outcome is 0 where there was none.
	Last Failure
	// Versions are those that are served: one, or two while the calls are split.
	Versions []VersionInfo
}

// registry holds the functions of the node. Reading is lock-free: the map is copied
// on write, and a new version of a known function is one atomic store.
type registry struct {
	mu      sync.Mutex // guards writers
	records atomic.Pointer[map[string]*record]
	// deployed is how many have a version.
	deployed atomic.Int64
}

// record is one function name. It is kept when the function is removed, so that its
// counters last and its index is never used for another.
type record struct {
	name    string
	index   int // dense, from 0; see slot.functions
	current atomic.Pointer[deployed]
	account account

	// What follows is guarded by dispatcher.mu.
	queued list
	nested list // those of queued that others wait for, the deepest first
	// recursive are those of nested that the function waits for itself, which have more room.
	recursive list
	at        int                // index in queue.records where queued is not empty
	flow      fair.Flow[*record] // its share of the shared runtimes
	shed      shed.State
	words     words // of refusals
}

// newRecord returns the record of a function that is not there yet.
func newRecord(name string, index int) *record {
	rec := &record{name: name, index: index, queued: list{chain: byFunction}, nested: list{chain: byDepth}, recursive: list{chain: byRecursion}}
	rec.flow.Owner = rec
	return rec
}

// deployed is what is served of a function since when. It is constant but for counters.
type deployed struct {
	served
	since time.Time
	// split, where it is not nil, gets a part of the calls.
	split *portion
}

func newRegistry() *registry {
	r := &registry{}
	r.records.Store(&map[string]*record{})
	return r
}

// lookup returns the record of name, or nil where there never was one.
func (r *registry) lookup(name string) *record { return (*r.records.Load())[name] }

// deploy makes fn the current version, with split beside it where that is not nil, and
// reports whether that changed anything.
func (r *registry) deploy(fn *bundle.Function, split *Split, now time.Time) (*record, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.lookup(fn.Name)
	if rec == nil {
		old := *r.records.Load()
		rec = newRecord(fn.Name, len(old))
		next := maps.Clone(old)
		next[fn.Name] = rec
		r.records.Store(&next)
	}
	cur := rec.current.Load()
	if cur.same(fn, split) {
		return rec, false
	}
	rec.current.Store(cur.next(fn, split, now))
	if cur == nil {
		r.deployed.Add(1)
	}
	return rec, true
}

// dedicated returns the functions whose current version wants an isolate of its own,
// sorted by name.
func (r *registry) dedicated() []*record {
	var recs []*record
	for _, rec := range *r.records.Load() {
		if fn := rec.version(); fn != nil && fn.Manifest.Dedicated {
			recs = append(recs, rec)
		}
	}
	slices.SortFunc(recs, func(a, b *record) int { return strings.Compare(a.name, b.name) })
	return recs
}

// remove takes the function away; nil where it was not there.
func (r *registry) remove(name string) *record {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.lookup(name)
	if rec == nil || rec.current.Swap(nil) == nil {
		return nil
	}
	r.deployed.Add(-1)
	return rec
}

// snapshot returns what is deployed, sorted by name.
func (r *registry) snapshot() []FunctionInfo {
	records := *r.records.Load()
	infos := make([]FunctionInfo, 0, len(records))
	for _, rec := range records {
		if cur := rec.current.Load(); cur != nil {
			took, traces := rec.account.tempos()
			infos = append(infos, FunctionInfo{
				Name: rec.name, Version: cur.fn.Version, Since: cur.since,
				Manifest: cur.fn.Manifest, Outcomes: rec.account.counts.snapshot(),
				Spent: rec.account.spent(), Used: rec.account.used.sum(), Last: rec.account.failure(), Latency: took, Traces: traces, Versions: cur.versions(),
			})
		}
	}
	slices.SortFunc(infos, func(a, b FunctionInfo) int { return strings.Compare(a.Name, b.Name) })
	return infos
}

// live reports whether a version of a function is served. It takes no lock.
func (r *registry) live(name, version string) bool {
	rec := r.lookup(name)
	return rec != nil && rec.serves(version)
}

// size is the number of functions that are deployed.
func (r *registry) size() int { return int(r.deployed.Load()) }

// weight is the function's share beside those of others.
func (rec *record) weight() int {
	if fn := rec.version(); fn != nil {
		return fn.Manifest.Priority.Weight()
	}
	return fair.Ordinary
}

// version returns the current version, or nil.
func (rec *record) version() *bundle.Function {
	if cur := rec.current.Load(); cur != nil {
		return cur.fn
	}
	return nil
}
