package folder_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/folder"
	"github.com/isolane/isolane/jsruntime/function"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.ts": "export default () => 1", "a.yaml": "idempotent: true\n", "b/index.ts": "import {c} from '../_lib/c'; export default () => c", "b/function.yaml": "env: {X: y}\n",
		"_lib/c.ts": "export const c = 1", "Upper.ts": "export default () => 1", "double.ts": "", "double.js": "", "lone.yaml": "", "notes.txt": "",
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "empty"), 0o750))
	all, err := folder.Find(dir)
	require.NoError(t, err)
	byName := map[string]folder.Found{}
	for _, f := range all {
		byName[f.Name] = f
	}
	require.Len(t, byName, 5)
	require.NoError(t, byName["a"].Err)
	require.NoError(t, byName["b"].Err)
	require.ErrorIs(t, byName["double"].Err, folder.ErrDuplicate)
	require.ErrorIs(t, byName["lone"].Err, folder.ErrOrphan)
	require.ErrorIs(t, byName["Upper"].Err, function.ErrInvalidName)

	for path, name := range map[string]string{"a.ts": "a", "b": "b", "b/index.ts": "b", "_lib/c.ts": "c", "Upper.ts": "Upper"} {
		one, err := folder.Find(filepath.Join(dir, path))
		require.NoError(t, err, path)
		require.Len(t, one, 1, path)
		require.Equal(t, name, one[0].Name, path)
	}
	for _, path := range []string{"notes.txt", "gone", "empty"} {
		_, err := folder.Find(filepath.Join(dir, path))
		require.Error(t, err, path)
	}

	source, err := byName["a"].Build(t.Context(), "other")
	require.NoError(t, err)
	require.True(t, source.Manifest.Idempotent)
	require.Equal(t, "idempotent: true\n", string(source.Text))
	require.Equal(t, "fn:other", source.Bundle.Origin)
	source, err = byName["b"].Build(t.Context(), "b")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"X": "y"}, source.Manifest.Env)
	_, err = byName["double"].Build(t.Context(), "double")
	require.ErrorIs(t, err, folder.ErrDuplicate)
}
