package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/isolane/isolane/jsruntime/function"
)

// Function is one version of a function, ready to be loaded by a runtime. It is
// immutable and safe for concurrent use.
type Function struct {
	// Name is the function's name; see function.ValidateName.
	Name string
	// Version tells two versions of one function apart: the first twelve hex
	// digits of the SHA-256 over bundle and manifest.
	Version string
	// Manifest is what function.yaml says, with limits merged with the node's.
	Manifest function.Manifest
	// Bundle is the compiled script.
	Bundle *Bundle
}

// NewFunction joins a name, a manifest and a bundle. The limits that m leaves out
// are taken from defaults; they do not count for the version, so that nodes with
// other defaults agree on it. An empty isolation, engine or priority means that of
// function.DefaultManifest.
//
// The error wraps function.ErrInvalidName or function.ErrInvalidManifest.
func NewFunction(name string, m function.Manifest, defaults function.Limits, b *Bundle) (*Function, error) {
	if err := function.ValidateName(name); err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	m = m.Normal()
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("bundle: function %s: %w", name, err)
	}
	version, err := version(m, b)
	if err != nil {
		return nil, fmt.Errorf("bundle: function %s: %w", name, err)
	}
	m = clone(m)
	m.Limits = m.Limits.Merge(defaults)
	return &Function{Name: name, Version: version, Manifest: m, Bundle: b}, nil
}

// version hashes a bundle and what a manifest says beyond the defaults, so that a key that
// a later Isolane knows changes no version of who does not use it: during a rolling update
// all nodes name the same version. JSON orders the keys of maps.
func version(m function.Manifest, b *Bundle) (string, error) {
	text, err := json.Marshal(m.WithoutDefaults())
	if err != nil {
		return "", err
	}
	var said any
	if err := json.Unmarshal(text, &said); err != nil {
		return "", err
	}
	if text, err = json.Marshal(stripped(said)); err != nil {
		return "", err
	}
	sum := sha256.Sum256(append([]byte(b.Digest+"\n"), text...))
	return hex.EncodeToString(sum[:])[:12], nil
}

// stripped leaves out of decoded JSON what says nothing: zeros, and objects and lists that
// are empty or hold nothing else.
func stripped(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if env, ok := inner.(map[string]any); ok && key == "Env" && len(env) > 0 {
				continue // an empty variable is not none
			}
			if v[key] = stripped(inner); v[key] == nil {
				delete(v, key)
			}
		}
		if len(v) > 0 {
			return v
		}
	case []any:
		if len(v) > 0 {
			return v
		}
	case string:
		if v != "" {
			return v
		}
	case float64:
		if v != 0 {
			return v
		}
	case bool:
		if v {
			return v
		}
	}
	return nil
}

// clone keeps a function immutable whatever happens to the manifest it was made of.
func clone(m function.Manifest) function.Manifest {
	m.Env, m.Schedule = maps.Clone(m.Env), slices.Clone(m.Schedule)
	p := &m.Permissions
	for _, list := range []*[]string{&p.Net, &p.Env, &p.KV, &p.Calls, &p.NATS.Publish, &p.NATS.Request} {
		*list = slices.Clone(*list)
	}
	return m
}
