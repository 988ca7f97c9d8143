package bundle_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

func TestNewFunction(t *testing.T) {
	b := source(t, "export default () => 1")
	m := function.Manifest{Limits: function.Limits{Wall: time.Minute}, Env: map[string]string{"A": "1"}, Permissions: function.Permissions{Net: []string{"a.test"}}}
	f, err := bundle.NewFunction("hello", m, function.DefaultLimits(), b)
	require.NoError(t, err)
	require.Equal(t, "hello", f.Name)
	require.Len(t, f.Version, 12)
	require.Same(t, b, f.Bundle)
	require.Equal(t, function.Warm, f.Manifest.Isolation)
	require.Equal(t, function.EngineV8, f.Manifest.Engine)
	require.Equal(t, time.Minute, f.Manifest.Limits.Wall)
	require.Equal(t, function.DefaultLimits().Heap, f.Manifest.Limits.Heap)

	m.Env["A"], m.Permissions.Net[0] = "2", "b.test"
	require.Equal(t, "1", f.Manifest.Env["A"])
	require.Equal(t, "a.test", f.Manifest.Permissions.Net[0])
}

func TestVersionFollowsBundleAndManifest(t *testing.T) {
	version := func(text string, m function.Manifest, defaults function.Limits) string {
		f, err := bundle.NewFunction("hello", m, defaults, source(t, text))
		require.NoError(t, err)
		return f.Version
	}
	const one, two = "export default () => 1", "export default () => 2"
	base := version(one, function.DefaultManifest(), function.DefaultLimits())
	require.Equal(t, base, version(one, function.Manifest{}, function.DefaultLimits()))
	require.Equal(t, base, version(one, function.Manifest{}, function.Limits{Wall: 1}), "the node's limits do not count")
	require.Equal(t, base, version(one, function.Manifest{Env: map[string]string{}, Permissions: function.Permissions{Net: []string{}}}, function.DefaultLimits()), "what says nothing does not count")
	require.NotEqual(t, base, version(one, function.Manifest{Priority: function.PriorityHigh}, function.DefaultLimits()))
	require.NotEqual(t, version(one, function.Manifest{Env: map[string]string{"A": "1"}}, function.DefaultLimits()),
		version(one, function.Manifest{Env: map[string]string{"A": "1", "B": ""}}, function.DefaultLimits()), "an empty variable is not none")
	require.NotEqual(t, base, version(two, function.Manifest{}, function.DefaultLimits()))
	require.NotEqual(t, base, version(one, function.Manifest{Idempotent: true}, function.DefaultLimits()))
	require.NotEqual(t, base, version(one, function.Manifest{Env: map[string]string{"A": "1"}}, function.DefaultLimits()))
	ab := function.Manifest{Env: map[string]string{"A": "1", "B": "2", "C": "3"}}
	first := version(one, ab, function.Limits{})
	for range 10 {
		require.Equal(t, first, version(one, ab, function.Limits{}), "the order of a map does not count")
	}
}

func TestNewFunctionRefuses(t *testing.T) {
	_, err := bundle.NewFunction("No", function.Manifest{}, function.Limits{}, &bundle.Bundle{})
	require.ErrorIs(t, err, function.ErrInvalidName)
	_, err = bundle.NewFunction("a", function.Manifest{Engine: "jsc"}, function.Limits{}, &bundle.Bundle{})
	require.ErrorIs(t, err, function.ErrInvalidManifest)
}
