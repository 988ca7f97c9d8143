package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestWebPlatformTests runs all groups where WPT_DIR has them: nothing may fail that is
// not in expect.json.
func TestWebPlatformTests(t *testing.T) {
	dir := os.Getenv("WPT_DIR")
	if dir == "" {
		t.Skip("WPT_DIR names no checkout of web-platform-tests")
	}
	known, err := readExpectations("expect.json")
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(checkoutOf(dir, "resources"), "resources", "testharness.js"))
	require.NoError(t, err)
	ours, err := newIsolane(t.Context(), string(text))
	require.NoError(t, err)
	defer func() { require.NoError(t, ours.close()) }()
	for _, group := range groups {
		units, err := find(dir, group)
		require.NoError(t, err)
		for _, u := range units {
			if u.lacks != "" {
				continue
			}
			got, err := ours.run(t.Context(), u)
			require.NoError(t, err)
			require.Empty(t, known.news(u.name, failures(got)))
		}
	}
}

// harnessInSmall is as much of a testharness.js as one file needs.
const harnessInSmall = `
const results = [];
let told;
globalThis.setup = () => {};
globalThis.add_result_callback = () => {};
globalThis.add_completion_callback = (f) => { told = f };
globalThis.test = (f, name) => {
  try { f(); results.push({ name, status: 0 }); } catch (e) { results.push({ name, status: 1, message: String(e) }); }
};
globalThis.done = () => told(results, { status: 0 });
`

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

func TestUnitsAreFoundJudgedAndRun(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "url/a.any.js", "// META: script=help.js\n// META: variant=?1\n// META: variant=?2\ntest(() => { if (help !== 5) throw new Error('no help'); }, 'helped');\ntest(() => { throw new Error('as it must'); }, 'fails');\n")
	write(t, dir, "url/help.js", "const help = 5;\n")
	write(t, dir, "url/doc.any.js", "new Worker(1);\n")
	write(t, dir, "url/page.html", `<!doctype html><script src="/resources/testharness.js"></script><script src=help.js></script><script>test(() => help, "inline");</script>`)
	write(t, dir, "url/resources/no.any.js", "test(() => {}, 'no');\n")
	units, err := find(dir, "url")
	require.NoError(t, err)
	var names []string
	for _, u := range units {
		names = append(names, u.name+" "+u.lacks)
	}
	require.Equal(t, []string{"url/a.any.js?1 ", "url/a.any.js?2 ", "url/doc.any.js workers", "url/page.html "}, names)

	ours, err := newIsolane(t.Context(), harnessInSmall)
	require.NoError(t, err)
	defer func() { require.NoError(t, ours.close()) }()
	got, err := ours.run(t.Context(), units[0])
	require.NoError(t, err)
	require.Equal(t, tally{files: 1, passed: 1, failed: 1}, count(got))
	require.Equal(t, map[string]string{"fails": "FAIL: Error: as it must"}, failures(got))
	got, err = ours.run(t.Context(), units[3])
	require.NoError(t, err)
	require.Equal(t, tally{files: 1, passed: 1}, count(got))

	file := filepath.Join(dir, "expect.json")
	require.NoError(t, expectations{"url/a.any.js?1": {"fails": "known"}}.write(file))
	known, err := readExpectations(file)
	require.NoError(t, err)
	require.Empty(t, known.news("url/a.any.js?1", map[string]string{"fails": "now"}))
	require.Equal(t, []string{"url/a.any.js?1: other: now"}, known.news("url/a.any.js?1", map[string]string{"other": "now"}))

	missing, err := find(dir, "no/such/group")
	require.NoError(t, err)
	require.Empty(t, missing)
}
