package funcstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/isolane/isolane/jsruntime/function"
)

const (
	// MaxRecord is the longest record that is read or written, in bytes.
	MaxRecord = 900 << 10
	// MaxObject is the longest object, in bytes.
	MaxObject = 96 << 20
	// MaxManifest is the longest text of a manifest, in bytes.
	MaxManifest = 64 << 10
	// maxVersions bounds the versions of a record.
	maxVersions = 1000
)

var (
	versionPattern = regexp.MustCompile(`^[0-9a-f]{6,64}$`)
	digestPattern  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Decode reads the record of the function of that name. The error is a *FormatError, or
// wraps ErrInvalid and says what is wrong.
func Decode(name string, data []byte) (Record, error) {
	if len(data) > MaxRecord {
		return Record{}, fmt.Errorf("%w: it has %d bytes, the most is %d", ErrInvalid, len(data), MaxRecord)
	}
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if head.Format > Format {
		return Record{}, &FormatError{Found: head.Format, Known: Format}
	}
	var r Record
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Record{}, fmt.Errorf("%w: something follows it", ErrInvalid)
	}
	if err := r.validate(name); err != nil {
		return Record{}, err
	}
	return r, nil
}

// Encode writes the record. It is checked as Decode does.
func (r Record) Encode() ([]byte, error) {
	if err := r.validate(r.Name); err != nil {
		return nil, err
	}
	data, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("funcstore: encode: %w", err)
	}
	if len(data) > MaxRecord {
		return nil, fmt.Errorf("%w: the record of %s would have %d bytes, the most is %d: keep fewer versions (--keep)", ErrInvalid, r.Name, len(data), MaxRecord)
	}
	return data, nil
}

// validate reports the first thing that is wrong with r as the record of name.
func (r Record) validate(name string) error {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
	}
	if err := function.ValidateName(name); err != nil {
		return fault("%w", err)
	}
	switch {
	case r.Format < 1 || r.Format > Format:
		return fault("format %d", r.Format)
	case r.Name != name:
		return fault("it is that of %q, not of %s", r.Name, name)
	case len(r.Versions) > maxVersions:
		return fault("it has %d versions, the most is %d", len(r.Versions), maxVersions)
	}
	seen := map[string]bool{}
	for _, v := range r.Versions {
		if err := v.validate(name); err != nil {
			return fault("version %q: %w", v.Version, err)
		}
		if seen[v.Version] {
			return fault("version %s twice", v.Version)
		}
		seen[v.Version] = true
	}
	if r.Current != "" && !seen[r.Current] {
		return fault("the current version %q is not among the versions", r.Current)
	}
	if s := r.Split; s != nil {
		if !seen[s.Version] || s.Version == r.Current || r.Current == "" {
			return fault("a split with %q", s.Version)
		}
		if err := CheckPercent(s.Percent); err != nil {
			return fault("%w", err)
		}
	}
	return nil
}

// validate reports the first thing that is wrong with a version of the function name.
func (v Version) validate(name string) error {
	switch {
	case !versionPattern.MatchString(v.Version):
		return errors.New("a version is 6 to 64 hexadecimal digits")
	case !strings.HasPrefix(v.Object, name+"/") || len(v.Object) > 256:
		return fmt.Errorf("the object %q is not one of this function", v.Object)
	case v.Size < 0 || v.Size > MaxObject:
		return fmt.Errorf("a size of %d bytes", v.Size)
	case !digestPattern.MatchString(v.SHA256):
		return fmt.Errorf("%q is no SHA-256", v.SHA256)
	case len(v.Manifest) > MaxManifest:
		return fmt.Errorf("the manifest has %d bytes, the most is %d", len(v.Manifest), MaxManifest)
	case !utf8.ValidString(v.Manifest):
		return errors.New("the manifest is not UTF-8")
	}
	return nil
}
