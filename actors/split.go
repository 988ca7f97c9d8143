package actors

import (
	"errors"
	"fmt"
	"time"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// ErrSplit says that the calls of a function cannot be split between two versions.
var ErrSplit = errors.New("actors: the calls cannot be split")

// Split sends a part of a function's calls to another version; see Pool.DeploySplit.
type Split struct {
	Function *bundle.Function
	// Percent is over 0 and under 100.
	Percent float64
}

// VersionInfo is one version that is served.
type VersionInfo struct {
	Version string
	// Percent is its part of the calls.
	Percent float64
	// Outcomes counts the answers of calls that ran on it since it was deployed; an
	// outcome that never came is absent.
	Outcomes map[function.Outcome]uint64
}

// served is a version that is served, with its own counters.
type served struct {
	fn     *bundle.Function
	counts *counts
}

// portion is a version that gets a part of the calls.
type portion struct {
	served
	percent float64
}

// check reports why a split cannot be.
func (s *Split) check(current *bundle.Function) error {
	switch {
	case s == nil:
		return nil
	case s.Function.Name != current.Name || s.Function.Version == current.Version:
		return fmt.Errorf("%w: %s %s with %s %s: two versions of one function are needed", ErrSplit, current.Name, current.Version, s.Function.Name, s.Function.Version)
	case !(s.Percent > 0 && s.Percent < 100):
		return fmt.Errorf("%w: %g%% is not between 0 and 100", ErrSplit, s.Percent)
	case !sameIsolates(current, s.Function):
		return fmt.Errorf("%w: version %s of %s runs in other isolates than version %s: their manifests differ in dedicated, or in limits.heap or limits.buffers; deploy it without a split", ErrSplit, s.Function.Version, current.Name, current.Version)
	}
	return nil
}

// same reports whether d is what fn and split would make.
func (d *deployed) same(fn *bundle.Function, split *Split) bool {
	switch {
	case d == nil || d.fn.Version != fn.Version || (d.split == nil) != (split == nil):
		return false
	case split == nil:
		return true
	}
	return d.split.fn.Version == split.Function.Version && d.split.percent == split.Percent
}

// next is what is served after d, which may be nil: a version that d serves already keeps
// its counters.
func (d *deployed) next(fn *bundle.Function, split *Split, now time.Time) *deployed {
	n := &deployed{served: served{fn: fn, counts: d.countsOf(fn)}, since: now}
	if d != nil && d.fn.Version == fn.Version {
		n.since = d.since
	}
	if split != nil {
		n.split = &portion{served: served{fn: split.Function, counts: d.countsOf(split.Function)}, percent: split.Percent}
	}
	return n
}

// countsOf are the counters of a version; new ones where d does not serve it.
func (d *deployed) countsOf(fn *bundle.Function) *counts {
	if s := d.find(fn.Version); s != nil {
		return s.counts
	}
	return &counts{}
}

// find returns the version of that name, or nil where it is not served.
func (d *deployed) find(version string) *served {
	switch {
	case d == nil:
	case d.fn.Version == version:
		return &d.served
	case d.split != nil && d.split.fn.Version == version:
		return &d.split.served
	}
	return nil
}

// versions tells of what is served.
func (d *deployed) versions() []VersionInfo {
	one := VersionInfo{Version: d.fn.Version, Percent: 100, Outcomes: d.counts.snapshot()}
	if d.split == nil {
		return []VersionInfo{one}
	}
	one.Percent -= d.split.percent
	return []VersionInfo{one, {Version: d.split.fn.Version, Percent: d.split.percent, Outcomes: d.split.counts.snapshot()}}
}

// versionFor returns the version that an invocation of that id starts on; nil where the
// function is gone.
func (rec *record) versionFor(id string) *bundle.Function {
	cur := rec.current.Load()
	switch {
	case cur == nil:
		return nil
	case cur.split != nil && function.InPortion(id, cur.split.percent):
		return cur.split.fn
	}
	return cur.fn
}

// split reports whether two versions are served.
func (rec *record) split() bool {
	cur := rec.current.Load()
	return cur != nil && cur.split != nil
}

// serves reports whether a version is served, so that its contexts are worth keeping.
func (rec *record) serves(version string) bool { return rec.current.Load().find(version) != nil }

// ran counts an answer of the version that it ran on; one that is no longer served is
// counted with the function alone.
func (rec *record) ran(fn *bundle.Function, o function.Outcome) {
	if fn == nil {
		return
	}
	if s := rec.current.Load().find(fn.Version); s != nil {
		s.counts.add(o)
	}
}
