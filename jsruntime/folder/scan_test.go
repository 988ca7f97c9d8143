package folder_test

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/folder"
	"github.com/isolane/isolane/jsruntime/function"
)

func TestScan(t *testing.T) {
	dir := write(t, map[string]string{
		"plain.ts": returns("plain"), "plain.yaml": "idempotent: true\nlimits: {wall: 2s}\n",
		"one.mts": returns("1"), "two.js": returns("2"), "three.mjs": returns("3"),
		"four.tsx": returns("4"), "five.jsx": returns("5"),
		"inside/index.ts": "import {x} from '../lib/x'; export default () => x", "inside/function.yaml": "env: {A: b}", "inside/other.ts": "broken(",
		"bare/index.js": returns("bare"),
		"lib/x.ts":      "export const x = 'from-lib'",
		".hidden.ts":    "broken(", "_shared.ts": "broken(", "_lib/index.ts": "broken(", "node_modules/index.js": "broken(", ".git/index.js": "broken(",
		"plain.test.ts": "broken(", "plain.spec.js": "broken(", "plain.d.ts": "broken(", "types.d.mts": "broken(",
		"package.json": "{}", "package-lock.json": "{}", "tsconfig.json": "{}", "pnpm-lock.yaml": "a: 1", "isolane.yaml": "name: x", "README.md": "# hi", "compose.yml": "x",
	})
	functions, errs, err := folder.Scan(t.Context(), dir, function.DefaultLimits())
	require.NoError(t, err)
	require.Empty(t, errs)
	require.Equal(t, []string{"bare", "five", "four", "inside", "one", "plain", "three", "two"}, slices.Sorted(maps.Keys(functions)))
	require.True(t, functions["plain"].Manifest.Idempotent)
	require.Equal(t, 2*time.Second, functions["plain"].Manifest.Limits.Wall)
	require.Equal(t, function.DefaultLimits().CPU, functions["plain"].Manifest.Limits.CPU)
	require.Equal(t, map[string]string{"A": "b"}, functions["inside"].Manifest.Env)
	require.Contains(t, functions["inside"].Bundle.Script, "from-lib")
	require.Equal(t, "bare", functions["bare"].Name)
	require.Equal(t, "fn:bare", functions["bare"].Bundle.Origin)
}

func TestScanReportsEachFunctionsErrors(t *testing.T) {
	dir := write(t, map[string]string{
		"good.ts":  returns("good"),
		"Bad.ts":   returns("x"),
		"a.b.ts":   returns("x"),
		"twice.ts": returns("x"), "twice.js": returns("x"),
		"both.ts": returns("x"), "both/index.ts": returns("x"),
		"indexes/index.ts": returns("x"), "indexes/index.mjs": returns("x"),
		"orphan.yaml":         "",
		"empty/function.yaml": "",
		"yml.ts":              returns("x"), "yml.yml": "",
		"dir/index.ts": returns("x"), "dir.yaml": "",
		"diryml/index.ts": returns("x"), "diryml/function.yml": "",
		"syntax.ts": "export default (", "syntax.yaml": "isolation: wram\nlimits: {heap: 1MB}",
		"manifest/index.ts": returns("x"), "manifest/function.yaml": "nope: 1",
		"nodefault/index.ts": "export const a = 1",
	})
	functions, errs, err := folder.Scan(t.Context(), dir, function.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, []string{"good"}, slices.Sorted(maps.Keys(functions)))
	for name, want := range map[string]string{
		"Bad":       `Bad.ts: function: invalid name: "Bad": use lower-case letters`,
		"a.b":       `a.b.ts: function: invalid name: "a.b"`,
		"twice":     "several files claim the name twice: twice.js and twice.ts: keep one",
		"both":      "several files claim the name both: both.ts and both/index.ts: keep one",
		"indexes":   "several files claim the name indexes: indexes/index.mjs and indexes/index.ts: keep one",
		"orphan":    "manifest without a function: orphan.yaml has no orphan.ts or orphan.js beside it",
		"empty":     "manifest without a function: empty/function.yaml has no index.ts or index.js beside it",
		"yml":       "manifest in the wrong place: yml.yml: call it yml.yaml",
		"dir":       "manifest in the wrong place: dir.yaml: the manifest of dir/index.ts is dir/function.yaml",
		"diryml":    "manifest in the wrong place: diryml/function.yml: call it function.yaml",
		"syntax":    "syntax.yaml:1:12: isolation: wram: did you mean warm?\nsyntax.yaml:2:16: limits.heap: not an amount of memory: 1MB: use KiB, MiB or GiB, for instance 1MiB\nfunction syntax cannot be bundled:\nsyntax.ts:1:17: Unexpected end of file",
		"manifest":  `manifest/function.yaml:1:1: unknown key "nope"`,
		"nodefault": "function nodefault cannot be bundled:\nnodefault/index.ts: has no default export",
	} {
		require.ErrorContains(t, errs[name], want, name)
		require.True(t, strings.HasPrefix(errs[name].Error(), want), errs[name].Error())
	}
	require.Len(t, errs, 13)
	require.ErrorIs(t, errs["twice"], folder.ErrDuplicate)
	require.ErrorIs(t, errs["orphan"], folder.ErrOrphan)
	require.ErrorIs(t, errs["dir"], folder.ErrMisplaced)
	require.ErrorIs(t, errs["Bad"], function.ErrInvalidName)
	var build *bundle.BuildError
	require.ErrorAs(t, errs["syntax"], &build)
	var manifest *function.ManifestError
	require.ErrorAs(t, errs["syntax"], &manifest)
}

func TestScanOfAFolderThatIsNone(t *testing.T) {
	_, _, err := folder.Scan(t.Context(), filepath.Join(t.TempDir(), "nope"), function.DefaultLimits())
	require.ErrorIs(t, err, fs.ErrNotExist)
	functions, errs, err := folder.Scan(t.Context(), t.TempDir(), function.DefaultLimits())
	require.NoError(t, err)
	require.Empty(t, functions)
	require.Empty(t, errs)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = folder.Scan(ctx, write(t, map[string]string{"a.ts": returns("x")}), function.DefaultLimits())
	require.ErrorIs(t, err, context.Canceled)
}

func TestScanRefusesLargeManifests(t *testing.T) {
	dir := write(t, map[string]string{"a.ts": returns("x"), "a.yaml": strings.Repeat("# \n", 1<<20)})
	_, errs, err := folder.Scan(t.Context(), dir, function.DefaultLimits())
	require.NoError(t, err)
	require.EqualError(t, errs["a"], "folder: manifest a.yaml has 3145728 bytes, the most is 1048576")
}

func TestScanFollowsLinks(t *testing.T) {
	dir := write(t, map[string]string{"..v1/hello.ts": returns("x"), "..v1/hello.yaml": "idempotent: true"})
	require.NoError(t, os.Symlink("..v1", filepath.Join(dir, "..data")))
	require.NoError(t, os.Symlink("..data/hello.ts", filepath.Join(dir, "hello.ts")))
	require.NoError(t, os.Symlink("..data/hello.yaml", filepath.Join(dir, "hello.yaml")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "dangling.ts")))
	functions, errs, err := folder.Scan(t.Context(), dir, function.DefaultLimits())
	require.NoError(t, err)
	require.Empty(t, errs)
	require.True(t, functions["hello"].Manifest.Idempotent)
}
