package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/isolane/isolane/jsruntime/function"
)

// packFormat is the newest format of a packed bundle that this package knows.
const packFormat = 1

// maxPackHead bounds the first line of a packed bundle, in bytes.
const maxPackHead = 64 << 10

var (
	// ErrPacked is wrapped by the error of what is no packed bundle.
	ErrPacked = errors.New("bundle: not a packed bundle")
	// ErrNewerPack says that a newer version of Isolane packed a bundle.
	ErrNewerPack = errors.New("bundle: packed by a newer version of isolane: update isolane here")
)

// packHead is the first line of a packed bundle. The script follows, then the source map.
type packHead struct {
	Format   int      `json:"isolane-bundle"`
	Entry    string   `json:"entry"`
	Digest   string   `json:"digest"`
	Script   int      `json:"script"`
	Map      int      `json:"map"`
	Warnings []string `json:"warnings,omitempty"`
}

// Pack writes a bundle, with its source map, for Unpack. It is to be called before the
// first position was asked for, which lets go of the source map's text; it fails after.
// Inputs are left out: they are paths of this machine.
func (b *Bundle) Pack() ([]byte, error) {
	if b.sourceMap == nil && b.consumer != nil {
		return nil, errors.New("bundle: pack: the source map has been used already")
	}
	head, err := json.Marshal(packHead{
		Format: packFormat, Entry: b.Entry, Digest: b.Digest, Script: len(b.Script), Map: len(b.sourceMap), Warnings: b.Warnings,
	})
	if err != nil {
		return nil, fmt.Errorf("bundle: pack: %w", err)
	}
	if len(head) > maxPackHead {
		return nil, fmt.Errorf("bundle: pack: %d bytes of warnings and names, the most is %d", len(head), maxPackHead)
	}
	out := make([]byte, 0, len(head)+1+len(b.Script)+len(b.sourceMap))
	out = append(append(out, head...), '\n')
	return append(append(out, b.Script...), b.sourceMap...), nil
}

// Unpack reads what Pack wrote, as the bundle of the function of that name. data stays
// the caller's. The error wraps ErrPacked or ErrNewerPack.
func Unpack(name string, data []byte) (*Bundle, error) {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrPacked}, args...)...)
	}
	if err := function.ValidateName(name); err != nil {
		return nil, fault("%w", err)
	}
	line, _, ok := bytes.Cut(data[:min(len(data), maxPackHead+1)], []byte{'\n'})
	if !ok {
		return nil, fault("it has no first line")
	}
	rest := data[len(line)+1:]
	var head packHead
	if err := json.Unmarshal(line, &head); err != nil {
		return nil, fault("%w", err)
	}
	if head.Format > packFormat {
		return nil, ErrNewerPack
	}
	switch {
	case head.Format != packFormat:
		return nil, fault("format %d", head.Format)
	case head.Script < 0 || head.Map < 0 || head.Script > math.MaxInt32 || head.Map > math.MaxInt32 || head.Script+head.Map != len(rest):
		return nil, fault("a script of %d bytes and a map of %d in %d", head.Script, head.Map, len(rest))
	case head.Entry == "" || path.Clean(head.Entry) != head.Entry || path.IsAbs(head.Entry) || strings.ContainsAny(head.Entry, "\n\x00"):
		return nil, fault("its module is called %q", head.Entry)
	}
	b := &Bundle{Script: string(rest[:head.Script]), Entry: head.Entry, Origin: Origin(name), Digest: head.Digest, Warnings: head.Warnings}
	if head.Map > 0 {
		b.sourceMap = bytes.Clone(rest[head.Script:])
	}
	sum := sha256.Sum256([]byte(b.Script))
	if hex.EncodeToString(sum[:]) != b.Digest {
		return nil, fault("the script does not have the digest %.64q", b.Digest)
	}
	if strings.IndexByte(b.Script, 0) >= 0 || !utf8.ValidString(b.Script) {
		return nil, fault("the script is not UTF-8, or holds a NUL")
	}
	return b, nil
}

// NewVersion is NewFunction for a version that was made elsewhere and named there: nodes
// of different builds must call one version by one name.
func NewVersion(name, version string, m function.Manifest, defaults function.Limits, b *Bundle) (*Function, error) {
	fn, err := NewFunction(name, m, defaults, b)
	if err != nil {
		return nil, err
	}
	fn.Version = version
	return fn, nil
}
