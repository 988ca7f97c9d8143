package types_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/types"
	"github.com/isolane/isolane/jsruntime/function"
)

// listed is what members.json has of one name.
type listed struct {
	Instance, Static []string `json:",omitempty"`
	Function         bool     `json:",omitempty"`
}

// installed skips where npm could not have installed TypeScript.
func installed(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("npm/node_modules/typescript"); err == nil {
		return
	}
	_, npmErr := exec.LookPath("npm")
	_, nodeErr := exec.LookPath("node")
	if npmErr == nil && nodeErr == nil {
		require.Fail(t, "TypeScript is missing: npm ci --prefix cmd/isolane/internal/types/npm (make test does that)")
	}
	t.Skip("node or npm is not installed, and TypeScript is a package of theirs: apt-get install npm")
}

// run runs a script of npm/ with Node.js.
func run(t *testing.T, stdin []byte, script string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join("npm", script)}, args...)...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", &stderr)
	return out
}

// declarations writes isolane.d.ts into a new folder, beside files of testdata.
func declarations(t *testing.T, files ...string) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	path, err := types.Write(dir, "1.2.3")
	require.NoError(t, err)
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "in-"+filepath.Ext(name)[1:]+"-"+name), text, 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tsconfig.json"), []byte(types.TSConfig), 0o600))
	return dir, path
}

// TestDeclared compares what is declared with what the runtime has, both ways.
func TestDeclared(t *testing.T) {
	installed(t)
	text, err := os.ReadFile("members.json")
	require.NoError(t, err)
	var real, declared struct {
		Globals map[string]listed
		Isolane map[string][]string
		Missing []string
		Extra   []string
	}
	require.NoError(t, json.Unmarshal(text, &real))
	_, path := declarations(t)
	require.NoError(t, json.Unmarshal(run(t, text, "declared.mjs", path), &declared))
	require.Empty(t, declared.Missing, "globals of the runtime that are not declared")
	require.Equal(t, []string{`"isolane"`, `"isolane/test"`}, declared.Extra, "declared globals that the runtime has not")
	require.Equal(t, real.Isolane, declared.Isolane)
	for name, members := range real.Globals {
		require.Equal(t, members, declared.Globals[name], name)
	}
}

// TestPicked: web.d.ts is what pick.mjs makes.
func TestPicked(t *testing.T) {
	installed(t)
	have, err := os.ReadFile("web.d.ts")
	require.NoError(t, err)
	require.True(t, bytes.Equal(have, run(t, nil, "pick.mjs")), "web.d.ts is stale: make types, and commit what it writes")
}

// TestCheck has tsc check functions against the declarations: the right ones, and one of which
// each marked line must be an error.
func TestCheck(t *testing.T) {
	installed(t)
	dir, _ := declarations(t, "right.ts", "right.js", "tests.ts", "wrong.ts")
	out, err := exec.CommandContext(t.Context(), "node", "npm/node_modules/typescript/bin/tsc", "-p", dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "broken.ts"), []byte("export const n: number = document;\n"), 0o600))
	out, err = exec.CommandContext(t.Context(), "node", "npm/node_modules/typescript/bin/tsc", "-p", dir).CombinedOutput()
	require.Error(t, err, "it would pass whatever is written")
	require.Contains(t, string(out), "broken.ts(1,26): error TS")
}

// TestCompletion asks what an editor offers.
func TestCompletion(t *testing.T) {
	installed(t)
	text, err := os.ReadFile("members.json")
	require.NoError(t, err)
	var real struct{ Isolane map[string][]string }
	require.NoError(t, json.Unmarshal(text, &real))
	dir, path := declarations(t, "right.ts", "right.js")
	for _, file := range []string{"in-ts-right.ts", "in-js-right.js"} {
		var offered map[string][]string
		require.NoError(t, json.Unmarshal(run(t, nil, "complete.mjs", path, filepath.Join(dir, file)), &offered))
		require.Equal(t, map[string][]string{"msg": real.Isolane["Message"], "ctx": real.Isolane["Context"]}, offered, file)
	}
}

func TestOutcomesAreDeclared(t *testing.T) {
	text := types.Declarations("1.2.3")
	for _, o := range function.Outcomes() {
		require.Contains(t, text, `"`+o.String()+`"`)
	}
	require.Contains(t, text, "as of 1.2.3.")
}

// TestWriteLeavesWhatIsSaid: an editor need not read the file again.
func TestWriteLeavesWhatIsSaid(t *testing.T) {
	dir := t.TempDir()
	path, err := types.Write(dir, "1")
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, types.File), path)
	require.NoError(t, os.Chmod(path, 0o400))
	before, err := os.Stat(path)
	require.NoError(t, err)
	_, err = types.Write(dir, "1")
	require.NoError(t, err)
	after, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, before.ModTime(), after.ModTime())
	_, err = types.Write(filepath.Join(dir, "none"), "1")
	require.ErrorIs(t, err, os.ErrNotExist)
}
