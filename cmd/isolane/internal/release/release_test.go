package release_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/bridge/funcstore"
	"github.com/isolane/isolane/cmd/isolane/internal/release"
	"github.com/isolane/isolane/jsruntime/folder"
	"github.com/isolane/isolane/jsruntime/function"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// object is a store of one.
type object []byte

func (o object) Object(context.Context, funcstore.Version) ([]byte, error) { return o, nil }

func find(t *testing.T, script, manifest string) folder.Found {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "f.ts"), []byte(script), 0o600))
	if manifest != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "f.yaml"), []byte(manifest), 0o600))
	}
	found, err := folder.Find(filepath.Join(dir, "f.ts"))
	require.NoError(t, err)
	return found[0]
}

func TestPrepareAndLoad(t *testing.T) {
	found := find(t, "export default () => 1", "idempotent: true # said so\nenv: {A: file, B: file}\nlimits: {cpu: 2s}\n")
	p, err := release.Prepare(t.Context(), found, "g", map[string]string{"B": "flag", "C": "flag"})
	require.NoError(t, err)
	plain, err := release.Prepare(t.Context(), found, "g", nil)
	require.NoError(t, err)
	require.NotEqual(t, plain.Function.Version, p.Function.Version, "env is part of the version")
	v := p.In(funcstore.Version{Version: "abcdef"}, "why")
	require.Contains(t, v.Manifest, "# said so")
	defaults := function.DefaultLimits()
	defaults.Inflight = 7
	fn, err := release.Load(t.Context(), object(p.Packed), "g", v, defaults)
	require.NoError(t, err)
	require.Equal(t, "abcdef", fn.Version)
	require.Equal(t, map[string]string{"A": "file", "B": "flag", "C": "flag"}, fn.Manifest.Env)
	require.Equal(t, 7, fn.Manifest.Limits.Inflight, "the node's")
	require.Equal(t, p.Function.Bundle.Script, fn.Bundle.Script)

	_, err = release.Prepare(t.Context(), found, "g", map[string]string{"not a name": "x"})
	require.ErrorIs(t, err, function.ErrInvalidManifest)
	v.Manifest = "somethingNew: true\n"
	_, err = release.Load(t.Context(), object(p.Packed), "g", v, defaults)
	require.ErrorIs(t, err, release.ErrUnreadable)
	require.ErrorContains(t, err, "somethingNew")
	v.Manifest = ""
	_, err = release.Load(t.Context(), object("garbage"), "g", v, defaults)
	require.ErrorIs(t, err, release.ErrUnreadable)
}

func FuzzLoad(f *testing.F) {
	f.Add("idempotent: true\n", "A", []byte("{\"isolane-bundle\":1,\"entry\":\"f\",\"digest\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"script\":0,\"map\":0}\n"))
	f.Fuzz(func(t *testing.T, manifest, env string, body []byte) {
		v := funcstore.Version{Version: "abcdef", Manifest: manifest, Env: map[string]string{env: "x"}}
		fn, err := release.Load(t.Context(), object(body), "f", v, function.DefaultLimits())
		if err == nil {
			require.NoError(t, fn.Manifest.Validate())
			return
		}
		require.ErrorIs(t, err, release.ErrUnreadable)
	})
}
