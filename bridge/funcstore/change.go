package funcstore

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Deploy returns the record with v as the current version, or, where percent is over 0,
// as the one that gets that part of the calls. ErrUnchanged: v is what is served already.
// ErrSplit: the traffic is split, or nothing is deployed that it could be split with.
func (r Record) Deploy(v Version, percent float64, by Stamp) (Record, error) {
	if r.Split != nil {
		return Record{}, fmt.Errorf("%w: %g%% of the calls of %s go to %s: promote or abort that first (isolane functions promote %s, or abort)", ErrSplit, r.Split.Percent, r.Name, r.Split.Version, r.Name)
	}
	if v.Version == r.Current {
		return Record{}, fmt.Errorf("%w: version %s is current", ErrUnchanged, v.Version)
	}
	next := r.changed(by, "deploy")
	next.Versions = slices.DeleteFunc(next.Versions, func(old Version) bool { return old.Version == v.Version })
	v.By, v.At, v.Withdrawn = by.By, by.At, nil
	next.Versions = slices.Insert(next.Versions, 0, v)
	if percent > 0 {
		return next.split(v.Version, percent)
	}
	next.Current = v.Version
	return next, nil
}

// Repair returns the record with another object for the version that v names, which is
// kept already.
func (r Record) Repair(v Version, by Stamp) (Record, error) {
	next := r.changed(by, "deploy")
	for i, old := range next.Versions {
		if old.Version == v.Version {
			old.Object, old.Size, old.SHA256 = v.Object, v.Size, v.SHA256
			next.Versions[i] = old
			return next, nil
		}
	}
	return Record{}, fmt.Errorf("%w: %s of %s", ErrNoVersion, v.Version, r.Name)
}

// SplitTo returns the record with percent of the calls going to a version that is kept.
func (r Record) SplitTo(version string, percent float64, by Stamp) (Record, error) {
	v, ok := r.Find(version)
	if !ok {
		return Record{}, r.noVersion(version)
	}
	if r.Split != nil && r.Split.Version == v.Version && r.Split.Percent == percent {
		return Record{}, fmt.Errorf("%w: %g%% of the calls go to %s", ErrUnchanged, percent, v.Version)
	}
	if r.Split != nil && r.Split.Version != v.Version {
		return Record{}, fmt.Errorf("%w: %g%% of the calls of %s go to %s: promote or abort that first", ErrSplit, r.Split.Percent, r.Name, r.Split.Version)
	}
	next := r.changed(by, "split")
	return next.split(v.Version, percent)
}

func (r Record) split(version string, percent float64) (Record, error) {
	switch r.Current {
	case "":
		return Record{}, fmt.Errorf("%w: %s has no current version to share the calls with: deploy it without a split", ErrSplit, r.Name)
	case version:
		return Record{}, fmt.Errorf("%w: %s is the current version", ErrUnchanged, version)
	}
	if err := CheckPercent(percent); err != nil {
		return Record{}, err
	}
	r.Split = &Split{Version: version, Percent: percent}
	return r, nil
}

// CheckPercent reports what is wrong with the part of a split: over 0, under 100, in
// steps of a hundredth.
func CheckPercent(percent float64) error {
	steps := percent * 100
	if !(percent > 0 && percent < 100) || math.Abs(steps-math.Round(steps)) > 1e-6 {
		return fmt.Errorf("%w: %g is no percentage between 0.01 and 99.99 in steps of 0.01", ErrSplit, percent)
	}
	return nil
}

// Promote returns the record with the version of the split as the current one.
func (r Record) Promote(by Stamp) (Record, error) {
	if r.Split == nil {
		return Record{}, fmt.Errorf("%w: the calls of %s are not split", ErrSplit, r.Name)
	}
	next := r.changed(by, "promote")
	next.serve(r.Split.Version)
	return next, nil
}

// Abort returns the record with all calls going to the current version.
func (r Record) Abort(by Stamp) (Record, error) {
	if r.Split == nil {
		return Record{}, fmt.Errorf("%w: the calls of %s are not split", ErrSplit, r.Name)
	}
	next := r.changed(by, "abort")
	next.withdraw(r.Split.Version, by.At)
	next.Split = nil
	return next, nil
}

// Rollback returns the record with another version as the current one: version, or, where
// that is "", the one that was current last and that nobody went back from. Where the
// traffic is split and no version is named, the split is what is taken back.
func (r Record) Rollback(version string, by Stamp) (Record, error) {
	if r.Split != nil && version == "" {
		return r.Abort(by)
	}
	to, ok := r.Find(version)
	if version == "" {
		to, ok = r.before()
	}
	if !ok {
		return Record{}, r.noVersion(version)
	}
	if to.Version == r.Current && r.Split == nil {
		return Record{}, fmt.Errorf("%w: %s is the current version", ErrUnchanged, to.Version)
	}
	next := r.changed(by, "rollback")
	if r.Split != nil {
		next.withdraw(r.Split.Version, by.At)
	}
	if to.Version != r.Current {
		next.withdraw(r.Current, by.At)
	}
	next.serve(to.Version)
	return next, nil
}

// before is the version to go back to.
func (r Record) before() (Version, bool) {
	for _, v := range r.Versions {
		if v.Version != r.Current && v.Withdrawn == nil {
			return v, true
		}
	}
	return Version{}, false
}

// Remove returns the record with nothing served, and the versions kept.
func (r Record) Remove(by Stamp) (Record, error) {
	if r.Current == "" {
		return Record{}, fmt.Errorf("%w: nothing of %s is served", ErrUnchanged, r.Name)
	}
	next := r.changed(by, "remove")
	next.Current, next.Split = "", nil
	return next, nil
}

// Keep returns the record with the newest versions alone, n at most, but for those that
// are served.
func (r Record) Keep(n int) Record {
	r = r.clone()
	for i := len(r.Versions) - 1; i >= 0 && len(r.Versions) > n; i-- {
		if v := r.Versions[i].Version; v != r.Current && (r.Split == nil || v != r.Split.Version) {
			r.Versions = slices.Delete(r.Versions, i, i+1)
		}
	}
	return r
}

// changed begins a change of a copy.
func (r Record) changed(by Stamp, action string) Record {
	next := r.clone()
	by.Action = action
	next.Format, next.Changed = Format, by
	return next
}

// serve makes a version of r, which is a copy, the current one.
func (r *Record) serve(version string) {
	i := slices.IndexFunc(r.Versions, func(v Version) bool { return v.Version == version })
	v := r.Versions[i]
	v.Withdrawn = nil
	r.Versions = slices.Insert(slices.Delete(r.Versions, i, i+1), 0, v)
	r.Current, r.Split = version, nil
}

// withdraw marks a version of r, which is a copy.
func (r *Record) withdraw(version string, at time.Time) {
	for i := range r.Versions {
		if r.Versions[i].Version == version {
			r.Versions[i].Withdrawn = &at
		}
	}
}

func (r Record) noVersion(version string) error {
	if version == "" {
		return fmt.Errorf("%w: %s has no version before the current one that nobody went back from: name one of isolane functions versions %s", ErrNoVersion, r.Name, r.Name)
	}
	return fmt.Errorf("%w: %s of %s: isolane functions versions %s lists those that are kept", ErrNoVersion, version, r.Name, r.Name)
}
