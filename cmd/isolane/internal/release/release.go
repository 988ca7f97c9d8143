package release

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/isolane/isolane/bridge/funcstore"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/folder"
	"github.com/isolane/isolane/jsruntime/function"
)

// Prepared is a version that is ready to be stored.
type Prepared struct {
	Name string
	// Function is what nodes with default limits will run.
	Function *bundle.Function
	// Packed is what the object holds.
	Packed []byte
	// Manifest is the manifest's text, and Env what goes over its env.
	Manifest string
	Env      map[string]string
}

// Prepare builds what was found as a function of that name. env goes over the manifest's.
func Prepare(ctx context.Context, found folder.Found, name string, env map[string]string) (Prepared, error) {
	source, err := found.Build(ctx, name)
	if err != nil {
		return Prepared{}, err
	}
	if len(source.Text) > funcstore.MaxManifest {
		return Prepared{}, fmt.Errorf("function %s: its manifest has %d bytes, the most for a deploy is %d", name, len(source.Text), funcstore.MaxManifest)
	}
	// Packed first: what the probe says of errors uses the source map up.
	packed, err := source.Bundle.Pack()
	if err != nil {
		return Prepared{}, err
	}
	fn, err := bundle.NewFunction(name, over(source.Manifest, env), function.DefaultLimits(), source.Bundle)
	if err != nil {
		return Prepared{}, err
	}
	return Prepared{Name: name, Function: fn, Packed: packed, Manifest: string(source.Text), Env: env}, nil
}

// In returns v, as the store returned it, with the manifest.
func (p Prepared) In(v funcstore.Version, note string) funcstore.Version {
	v.Manifest, v.Env, v.Note = p.Manifest, p.Env, note
	return v
}

// Objects are where scripts are kept; a *funcstore.Store.
type Objects interface {
	Object(ctx context.Context, v funcstore.Version) ([]byte, error)
}

// ErrUnreadable is wrapped where this version of Isolane can make no function of what is
// stored: another try will not help.
var ErrUnreadable = errors.New("release: this node cannot read the version")

// Load reads a version and makes the function of it; limits that the manifest leaves out
// are taken from defaults. It does not try whether it runs.
func Load(ctx context.Context, objects Objects, name string, v funcstore.Version, defaults function.Limits) (*bundle.Function, error) {
	m, err := function.ParseManifest("the manifest of "+name, []byte(v.Manifest))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	body, err := objects.Object(ctx, v)
	if err != nil {
		return nil, err
	}
	b, err := bundle.Unpack(name, body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	fn, err := bundle.NewVersion(name, v.Version, over(m, v.Env), defaults, b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return fn, nil
}

// over returns m with env over its own.
func over(m function.Manifest, env map[string]string) function.Manifest {
	if len(env) == 0 {
		return m
	}
	merged := maps.Clone(m.Env)
	if merged == nil {
		merged = make(map[string]string, len(env))
	}
	maps.Copy(merged, env)
	m.Env = merged
	return m
}
