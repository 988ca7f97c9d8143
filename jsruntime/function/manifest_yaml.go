package function

import (
	"github.com/isolane/isolane/jsruntime/function/yamlcheck"
)

// Fault is one thing that is wrong in a manifest, and where.
type Fault = yamlcheck.Fault

// ManifestError carries everything that is wrong in a manifest, in the order of
// its place. It always has at least one fault.
type ManifestError struct {
	Faults []Fault
}

// Error implements error: one fault a line, as "file:line:column: message".
func (e *ManifestError) Error() string { return yamlcheck.Lines(e.Faults) }

// Unwrap returns ErrInvalidManifest.
func (e *ManifestError) Unwrap() error { return ErrInvalidManifest }

// ParseManifest reads a manifest; file is its name in messages. What the manifest
// does not say is taken from DefaultManifest; an empty document is that manifest.
//
// The error is a *ManifestError with every fault at once: unknown and repeated
// keys, wrong types, units and words, values out of range, and keys that
// contradict one another. With an error the returned manifest is the zero value.
func ParseManifest(file string, data []byte) (Manifest, error) {
	m := DefaultManifest()
	doc := yamlcheck.Decode(file, data, &m)
	m.check(doc.Set, doc.Faultf)
	if faults := doc.Faults(); len(faults) > 0 {
		return Manifest{}, &ManifestError{Faults: faults}
	}
	return m, nil
}
