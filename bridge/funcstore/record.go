package funcstore

import (
	"slices"
	"time"
)

// Format is the newest format of a record that this package knows. It grows with each
// field that is added, since who does not know a field would lose it.
const Format = 1

// Record says what a function is: its versions, and which of them are served. It is a
// value: its methods return another one.
type Record struct {
	Format int    `json:"format"`
	Name   string `json:"name"`
	// Changed is the last change.
	Changed Stamp `json:"changed"`
	// Current is the version that is served; "" where none is, although versions are kept.
	Current string `json:"current,omitempty"`
	// Split, where it is set, sends a part of the calls to another version.
	Split *Split `json:"split,omitempty"`
	// Versions are those that are kept, the one that was current last first.
	Versions []Version `json:"versions"`

	// Revision is that of the bucket: it grows with each change, also over a removal. 0
	// is a function that has no record.
	Revision uint64 `json:"-"`
}

// Stamp says who changed what, and when.
type Stamp struct {
	// ID tells one change from all others.
	ID string `json:"id"`
	// Action is deploy, split, promote, abort, rollback or remove.
	Action string    `json:"action"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Split sends Percent of the calls to Version, and the others to Record.Current.
type Split struct {
	Version string  `json:"version"`
	Percent float64 `json:"percent"`
}

// Version is one version of a function.
type Version struct {
	Version string `json:"version"`
	// Object is the name of the object that holds the script, Size its length in bytes
	// and SHA256 its digest in hex.
	Object string `json:"object"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	// Manifest is the text of the manifest, as its author wrote it; Env goes over its env.
	Manifest string            `json:"manifest,omitempty"`
	Env      map[string]string `json:"env,omitempty"`
	// By and At are who deployed it and when.
	By string    `json:"by"`
	At time.Time `json:"at"`
	// Note is what the deployer said of it.
	Note string `json:"note,omitempty"`
	// Withdrawn is set where somebody went back from it; a rollback skips it.
	Withdrawn *time.Time `json:"withdrawn,omitempty"`
}

// Find returns the version of that name; a beginning of six characters or more will do
// where it is the only one.
func (r Record) Find(version string) (Version, bool) {
	const shortest = 6
	found, count := Version{}, 0
	for _, v := range r.Versions {
		if v.Version == version {
			return v, true
		}
		if len(version) >= shortest && len(version) < len(v.Version) && v.Version[:len(version)] == version {
			found, count = v, count+1
		}
	}
	return found, count == 1
}

// Live are the versions that are served, the current one first; none where none is.
func (r Record) Live() []Version {
	var live []Version
	if v, ok := r.Find(r.Current); ok {
		live = append(live, v)
	}
	if r.Split != nil {
		if v, ok := r.Find(r.Split.Version); ok {
			live = append(live, v)
		}
	}
	return live
}

// clone copies what r refers to.
func (r Record) clone() Record {
	r.Versions = slices.Clone(r.Versions)
	if r.Split != nil {
		split := *r.Split
		r.Split = &split
	}
	return r
}
