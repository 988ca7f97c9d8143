package bundle_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/bundle"
)

// mapped bundles two files and a CommonJS package, to have every kind of position.
func mapped(tb testing.TB) *bundle.Bundle {
	tb.Helper()
	dir := write(tb, map[string]string{
		"fns/hello.ts": "import { fail } from '../lib/fail [1]%';\nimport cjs from 'cjs';\ntype T = { a: 1 };\n" +
			"export default async function hello(msg: T) {\n\tconst 𝒳 = '😀'; await fail(msg); return cjs(𝒳);\n}\n",
		"lib/fail [1]%.ts":          "\n\nexport function fail(x: unknown) {\n  throw new RangeError(`${x}`);\n}\n",
		"node_modules/cjs/index.js": "module.exports = (x) => { throw new TypeError(x); };",
	})
	b, err := bundle.Build(tb.Context(), bundle.Options{Name: "hello", Entry: filepath.Join(dir, "fns/hello.ts"), Dir: dir})
	require.NoError(tb, err)
	return b
}

func TestPosition(t *testing.T) {
	b := mapped(t)
	for text, want := range map[string]string{
		"new RangeError(":          "lib/fail [1]%.ts:4:9",
		"await fail(msg)":          "fns/hello.ts:5:19",
		"async function hello(msg": "fns/hello.ts:4:1",
		"new TypeError(x)":         "node_modules/cjs/index.js:1:33",
	} {
		line, column := find(t, b.Script, text)
		file, l, c, ok := b.Position(line, column)
		require.True(t, ok, text)
		require.Equal(t, want, fmt.Sprintf("%s:%d:%d", file, l, c), text)
	}
	for _, at := range [][2]int{{0, 0}, {1, 1}, {-1, 5}, {2, 0}, {1 << 30, 1}, {3, 5}} {
		_, _, _, ok := b.Position(at[0], at[1])
		require.False(t, ok, at)
	}
}

func TestPositionOfOneLinePastAstralCharacters(t *testing.T) {
	b := mapped(t)
	line, _ := find(t, b.Script, "await fail(msg)")
	text := strings.Split(b.Script, "\n")[line-1]
	require.Contains(t, text, "await", "on a line of its own")
	file, l, _, ok := b.Position(line, 1_000_000)
	require.True(t, ok)
	require.Equal(t, "fns/hello.ts:5", fmt.Sprintf("%s:%d", file, l))
}

func TestMapStack(t *testing.T) {
	b := mapped(t)
	fl, fc := find(t, b.Script, "new RangeError(")
	hl, hc := find(t, b.Script, "await fail(msg)")
	pl, _ := find(t, b.Script, "var __create =")
	fail, hello, plumbing := fmt.Sprintf("fn:hello:%d:%d", fl, fc), fmt.Sprintf("fn:hello:%d:%d", hl, hc), fmt.Sprintf("fn:hello:%d:5", pl)
	for name, tc := range map[string]struct{ in, want string }{
		"empty":    {"", ""},
		"message":  {"Error: no frames", "Error: no frames"},
		"named":    {"E: x\n    at fail (" + fail + ")", "E: x\n    at fail (lib/fail [1]%.ts:4:9)"},
		"bare":     {"E\n    at " + fail, "E\n    at lib/fail [1]%.ts:4:9"},
		"async":    {"E\n    at async hello (" + hello + ")", "E\n    at async hello (fns/hello.ts:5:19)"},
		"async 2":  {"E\n    at async " + hello, "E\n    at async fns/hello.ts:5:19"},
		"method":   {"E\n    at Object.f [as g (x)] (" + fail + ")", "E\n    at Object.f [as g (x)] (lib/fail [1]%.ts:4:9)"},
		"new":      {"E\n    at new Foo (" + fail + ")", "E\n    at new Foo (lib/fail [1]%.ts:4:9)"},
		"eval":     {"E\n    at eval (eval at f (" + fail + "), <anonymous>:1:1)", "E\n    at eval (eval at f (lib/fail [1]%.ts:4:9), <anonymous>:1:1)"},
		"builtins": {"E\n    at Array.map (<anonymous>)\n    at async Promise.all (index 0)", "E\n    at Array.map (<anonymous>)\n    at async Promise.all (index 0)"},
		"host":     {"E\n    at a (isolane:core:1:2)\n    at isolane:core:3:4\n    at async isolane:x:1:2\n    at b (" + fail + ")", "E\n    at b (lib/fail [1]%.ts:4:9)"},
		"plumbing": {"E\n    at f (" + fail + ")\n    at __require (" + plumbing + ")\n    at " + plumbing, "E\n    at f (lib/fail [1]%.ts:4:9)"},
		"other":    {"E\n    at f (fn:hello-world:4:9)\n    at g (fn:hell:1:1)\n    at h (xfn:hello:1:1)", "E\n    at f (fn:hello-world:4:9)\n    at g (fn:hell:1:1)\n    at h (xfn:hello:1:1)"},
		"outside":  {"E\n    at f (fn:hello:999999:1)", "E\n    at f (fn:hello:999999:1)"},
		"broken": {
			"E\n    at f (fn:hello:\n    at f (fn:hello:1\n    at f (fn:hello:1:\n    at f (fn:hello:1:x)\n    at f (fn:hello:99999999999999999999:1)\n    at f (fn:hello:1:2x)\n    at ",
			"E\n    at f (fn:hello:\n    at f (fn:hello:1\n    at f (fn:hello:1:\n    at f (fn:hello:1:x)\n    at f (fn:hello:99999999999999999999:1)\n    at f (fn:hello:1:2x)\n    at ",
		},
		"message is no frame": {"Error: isolane:core:1:2\nmore (isolane:x:1:1)", "Error: isolane:core:1:2\nmore (isolane:x:1:1)"},
		"frame alone":         {"at " + fail, "at lib/fail [1]%.ts:4:9"},
		"crlf":                {"E\r\n    at " + fail + "\r\n", "E\r\n    at lib/fail [1]%.ts:4:9\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, b.MapStack(tc.in))
		})
	}
}

func TestMapLocation(t *testing.T) {
	b := mapped(t)
	line, column := find(t, b.Script, "new RangeError(")
	pl, _ := find(t, b.Script, "var __create =")
	for in, want := range map[string]string{
		fmt.Sprintf("fn:hello:%d:%d", line, column): "lib/fail [1]%.ts:4:9",
		fmt.Sprintf("fn:hello:%d:1", pl):            "",
		"isolane:core:1:2":                          "", "fn:other:1:2": "fn:other:1:2", "": "", "fn:hello:1:2 x": "fn:hello:1:2 x", "fn:hello:999999:2": "fn:hello:999999:2",
	} {
		require.Equal(t, want, b.MapLocation(in), in)
	}
}

func TestBundleWithoutMapLeavesPositions(t *testing.T) {
	b := &bundle.Bundle{Script: "1", Origin: "fn:x"}
	require.Equal(t, "E\n    at fn:x:1:1", b.MapStack("E\n    at fn:x:1:1\n    at isolane:core:1:1"))
	require.Equal(t, "fn:x:1:1", b.MapLocation("fn:x:1:1"))
	require.Equal(t, "E\n    at :1:1", (&bundle.Bundle{}).MapStack("E\n    at :1:1"))
}

func TestHostileStacksEndSoon(t *testing.T) {
	b := mapped(t)
	start := time.Now()
	for _, stack := range []string{
		strings.Repeat("    at f (fn:hello:5:5)\n", 1_000_000),
		strings.Repeat("fn:hello:", 2_000_000),
		"at " + strings.Repeat("fn:hello:", 2_000_000),
		"at " + strings.Repeat("(", 2_000_000) + ")",
		strings.Repeat("\n", 2_000_000),
		strings.Repeat("\xff", 2_000_000),
	} {
		require.Less(t, len(b.MapStack(stack)), 2*bundle.MaxStack)
	}
	require.Less(t, time.Since(start), 10*time.Second)
}

func TestPositionIsSafeForConcurrentUse(t *testing.T) {
	b := mapped(t)
	line, column := find(t, b.Script, "new RangeError(")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				if _, l, _, ok := b.Position(line, column); !ok || l != 4 {
					t.Errorf("line %d, %v", l, ok)
				}
			}
		})
	}
	all.Wait()
}

func FuzzMapStack(f *testing.F) {
	b := mapped(f)
	for _, seed := range []string{
		"E\n    at f (fn:hello:30:5)", "at async fn:hello:1:1", "at f (isolane:core:1:1)", "at eval (eval at f (fn:hello:3:3), <anonymous>:1:1)", "\xff\nat fn:hello:1:",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, stack string) {
		if got := b.MapStack(stack); len(got) > 4*len(stack)+16 {
			t.Fatalf("%d bytes became %d", len(stack), len(got))
		}
		b.MapLocation(stack)
	})
}
