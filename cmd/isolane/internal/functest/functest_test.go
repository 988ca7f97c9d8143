package functest_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/functest"
	"github.com/isolane/isolane/cmd/isolane/internal/pretty"
)

// runAll runs what is at paths, and returns the files by their base name, and what was printed.
func runAll(t *testing.T, cfg functest.Config, paths ...string) (files map[string]functest.File, printed string) {
	t.Helper()
	var err error
	cfg.Places, err = functest.Find(paths)
	require.NoError(t, err)
	var log bytes.Buffer
	cfg.Logger = slog.New(pretty.New(&log, pretty.Config{Level: slog.LevelError + 1}))
	files = map[string]functest.File{}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	require.NoError(t, functest.Run(ctx, cfg, func(f functest.File) { files[filepath.Base(f.File)] = f }))
	return files, log.String()
}

// states are what became of tests, by name.
func states(f functest.File) map[string]string {
	found := map[string]string{}
	for _, test := range f.Tests {
		found[strings.Join(test.Name, " > ")] = test.State
	}
	return found
}

func TestPassing(t *testing.T) {
	files, printed := runAll(t, functest.Config{}, "testdata/functions")
	require.Len(t, files, 2)
	for name, f := range files {
		require.False(t, f.Failed(), "%s: %+v", name, f)
	}
	require.Equal(t, "hello", files["hello.test.ts"].Function)
	require.Equal(t, 6, files["hello.test.ts"].Count(functest.Passed))
	require.Equal(t, "own", files["index.test.ts"].Function)
	require.Equal(t, 4, files["index.test.ts"].Count(functest.Passed))
	require.Contains(t, printed, "hello-test | heard\n")
	require.Contains(t, printed, "hello | hello x\n")
	require.NotContains(t, printed, "unheard")
}

func TestFailing(t *testing.T) {
	files, _ := runAll(t, functest.Config{Wall: 3 * time.Second}, "testdata/failing")
	f := files["wrong.test.ts"]
	require.Empty(t, f.Error)
	require.Equal(t, map[string]string{
		"wrong > differs": "failed", "wrong > throws": "failed", "wrong > takes too long": "failed", "wrong > counts": "failed",
		"wrong > is left out": "skipped", "wrong > is to be written": "todo", "wrong > is right": "passed",
	}, states(f))
	differs := f.Tests[0].Errors[0]
	require.Equal(t, "at wrong.test.ts:7:18", differs.Stack, "the position is the source's")
	require.Contains(t, differs.Diff, "-     3,\n+     2,")
	require.NotContains(t, differs.Message+differs.Diff, "\x1b")
	require.Equal(t, functest.Failure{Name: "RangeError", Message: "too far", Stack: "at wrong.test.ts:9:30"}, f.Tests[1].Errors[0])
	require.Contains(t, f.Tests[2].Errors[0].Message, "timed out in 50ms")
	require.Contains(t, f.Tests[3].Errors[0].Message, "expect.assertions(2): 1 were made")
	require.True(t, f.Failed())

	require.Contains(t, files["spins.test.js"].Error, "did not come to an end within 3s (--file-timeout)")
	require.Contains(t, files["broken.test.ts"].Error, "none.ts")
	require.True(t, files["none.test.ts"].Failed())
	require.Contains(t, fmt.Sprint(files["none.test.ts"]), "No test")
	thrown := files["throws.test.ts"]
	require.True(t, thrown.Failed(), "%+v", thrown)
	require.Contains(t, fmt.Sprint(thrown), "as it is loaded")
}

func TestPattern(t *testing.T) {
	files, _ := runAll(t, functest.Config{Pattern: "is right|throws"}, "testdata/failing/wrong.test.ts")
	f := files["wrong.test.ts"]
	require.Equal(t, []int{1, 1, 5}, []int{f.Count(functest.Passed), f.Count(functest.Failed), f.Count(functest.Skipped) + f.Count(functest.Todo)})
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"a.ts", "a.test.ts", "b/index.js", "b/index.test.js", "b/more.test.ts", "c.test.mts", "node_modules/x/x.test.js",
		".git/y.test.ts", "_lib/z.test.ts", "_lib/z.ts", "d.d.ts", "test.ts",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o750))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	places, err := functest.Find([]string{dir, at("a.test.ts")})
	require.NoError(t, err)
	require.Equal(t, []functest.Place{
		{File: at("_lib/z.test.ts"), Root: at("_lib"), Function: "z"},
		{File: at("a.test.ts"), Root: dir, Function: "a"},
		{File: at("b/index.test.js"), Root: dir, Function: "b"},
		{File: at("b/more.test.ts"), Root: dir, Function: "b"},
		{File: at("c.test.mts"), Root: dir},
	}, places)
	_, err = functest.Find([]string{at("d.d.ts")})
	require.ErrorIs(t, err, functest.ErrNoTests)
	_, err = functest.Find([]string{at("nothing")})
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestDeclaredMatchers: what the declarations of isolane/test have is there.
func TestDeclaredMatchers(t *testing.T) {
	text, err := os.ReadFile("../types/test.d.ts")
	require.NoError(t, err)
	members := func(name string) []string {
		_, rest, found := strings.Cut(string(text), "  interface "+name+" {\n")
		require.True(t, found, name)
		body, _, _ := strings.Cut(rest, "\n  }\n")
		var names []string
		for _, m := range regexp.MustCompile(`(?m)^    (?:readonly )?(\w+)[<(:]`).FindAllStringSubmatch(body, -1) {
			names = append(names, m[1])
		}
		require.Greater(t, len(names), 3, name)
		return names
	}
	dir := t.TempDir()
	script := fmt.Sprintf(`import * as all from "isolane/test";
const { describe, expect, fn, it } = all;
const lacking = (object, names) => names.filter((name) => !(name in object));
it("has what is declared", () => {
  const value = expect(1);
  expect(lacking(value, %q.split(","))).toEqual([]);
  expect(lacking(expect, %q.split(","))).toEqual([]);
  expect(lacking(it, %q.split(","))).toEqual([]);
  expect(lacking(describe, %q.split(","))).toEqual([]);
  expect(lacking(fn(), %q.split(","))).toEqual([]);
  expect(Object.keys(all).filter((k) => k !== "run").sort().join()).toBe(%q);
});`, strings.Join(members("Matchers<R>"), ",")+",not,resolves,rejects", strings.Join(members("Expect"), ","), strings.Join(members("It"), ","),
		strings.Join(members("Describe"), ","), strings.Join(members("Mock<F extends (...args: any[]) => any>"), ","),
		"afterAll,afterEach,beforeAll,beforeEach,call,describe,expect,fn,invoke,invokeBatch,it,spyOn,test")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "declared.test.js"), []byte(script), 0o600))
	files, _ := runAll(t, functest.Config{}, dir)
	require.False(t, files["declared.test.js"].Failed(), "%+v", files)
}

// TestCanceled: nothing is left of tests that are interrupted.
func TestCanceled(t *testing.T) {
	places, err := functest.Find([]string{"testdata/functions"})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = functest.Run(ctx, functest.Config{Places: places, Logger: slog.New(slog.DiscardHandler)}, func(functest.File) { t.Error("a file was run") })
	require.ErrorIs(t, err, context.Canceled)
}
