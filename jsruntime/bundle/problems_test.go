package bundle_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/bundle"
)

func TestProblems(t *testing.T) {
	const ok = "\nexport default 1;"
	for name, tc := range map[string]struct {
		file, text string
		want       string // the beginning of the first problem
	}{
		"syntax":               {"a.ts", "export default function( {\n  return 1;\n}", `a.ts:2:10: Expected "}" but found "1"`},
		"not javascript":       {"a.js", "#include <stdio.h>\nint main() {}", `a.js:1:10: Expected`},
		"binary":               {"a.js", "\x7fELF\x02\x01\x01\x00", `a.js:1:1: is binary data, no source: a function is JavaScript or TypeScript in UTF-8`},
		"types in javascript":  {"a.js", "export default (a: number) => a", `a.js:1:18: Expected ")" but found ":"`},
		"language":             {"a.py", "print(1)", `a.py: cannot import .py files`},
		"no default":           {"a.ts", "export const a = 1", `a.ts: has no default export: write export default`},
		"no export":            {"a.ts", "console.log(1)", `a.ts: has no default export`},
		"empty":                {"a.ts", "", `a.ts: has no default export`},
		"default through star": {"a.ts", "export * from './has-default'", `a.ts: has no default export`},
		"node module":          {"a.ts", `import fs from "fs"; fs;` + ok, `a.ts:1:16: cannot import "fs": it is built into Node.js, and a function does not run there; import the file as text or JSON, or use ctx.kv`},
		"node: module":         {"a.ts", `import { request } from "node:http"; request;` + ok, `a.ts:1:25: cannot import "node:http": it is built into Node.js, and a function does not run there; use fetch`},
		"node: path":           {"a.ts", `import * as p from "fs/promises"; p.x;` + ok, `a.ts:1:20: cannot import "fs/promises": it is built into Node.js`},
		"node module, require": {"a.js", `const fs = require("fs");` + ok, `a.js:1:20: cannot import "fs"`},
		"node module, dynamic": {"a.js", `const fs = () => import("os"); fs();` + ok, `a.js:1:25: cannot import "os"`},
		"package":              {"a.ts", `import x from "@scope/nope/sub"; x;` + ok, `a.ts:1:15: cannot import "@scope/nope/sub": the package is not installed, or has no such file; run npm install @scope/nope`},
		"file":                 {"a.ts", `import x from "./nope"; x;` + ok, `a.ts:1:15: cannot import "./nope": there is no such file`},
		"subpath":              {"a.ts", `import x from "#nope"; x;` + ok, `a.ts:1:15: cannot import "#nope": no package.json maps it`},
		"url":                  {"a.ts", `import x from "https://esm.sh/x"; x;` + ok, `a.ts:1:15: cannot import from a URL`},
		"url, no scheme":       {"a.ts", `import x from "//esm.sh/x"; x;` + ok, `a.ts:1:15: cannot import from a URL`},
		"isolane:":             {"a.ts", `import x from "isolane:entry"; x;` + ok, `a.ts:1:15: there are no isolane: modules`},
		"isolane:source":       {"a.ts", `import x from "isolane:source"; x;` + ok, `a.ts:1:15: there are no isolane: modules`},
		"image":                {"a.ts", `import x from "./x.png"; x;` + ok, `a.ts:1:15: cannot import .png files`},
		"missing name":         {"a.js", `import { nope } from "./has-default"; nope;` + ok, `a.js:1:10: No matching export in "has-default.ts" for import "nope"`},
		"top-level await":      {"a.ts", "const x = await fetch('');" + ok, `a.ts:1:11: await outside of an async function`},
		"for await":            {"a.ts", "for await (const x of []) x;" + ok, `a.ts:1:5: await outside of an async function`},
		"json":                 {"a.ts", "import x from './bad.json'; x;" + ok, `bad.json:1:6: `},
		"nul":                  {"a.js", "\nexport default /a\x00/;", `a.js:2:16: a NUL character`},
		"unicode column":       {"a.ts", "const ü = 'é'; import x from './nope'; x;" + ok, `a.ts:1:30: cannot import "./nope"`},
		"twice":                {"a.ts", "const a = 1; const a = 2;" + ok, `a.ts:1:20: The symbol "a" has already been declared; The symbol "a" was originally declared here: (a.ts:1)`},
		"deep":                 {"a.ts", "export default " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), `a.ts: nested more than 500 levels deep`},
		"not utf-8":            {"a.js", "export default /\xff\xfe/;", `a.js:1:17: byte 0xff is not UTF-8: save the file as UTF-8`},
		"latin-1":              {"a.js", "// \u00fc\nexport default () => 'caf\xe9'", `a.js:2:26: byte 0xe9 is not UTF-8: save the file as UTF-8`},
		"utf-16le":             {"a.js", "\xff\xfee\x00x\x00", `a.js:1:1: is UTF-16: save the file as UTF-8`},
		"utf-16be":             {"a.js", "\xfe\xff\x00e\x00x", `a.js:1:1: is UTF-16: save the file as UTF-8`},
		"utf-16 without mark":  {"a.js", "e\x00x\x00p\x00", `a.js:1:1: is UTF-16: save the file as UTF-8`},
		"image as source":      {"a.js", "\x89PNG\r\n\x1a\n\x00\x00", `a.js:1:1: is binary data`},
		"wasm as source":       {"a.js", "\x00asm\x01\x00\x00\x00", `a.js:1:1: is binary data`},
		"gzip":                 {"a.js", "\x1f\x8b\x08\x00\x00", `a.js:1:1: is binary data`},
		"html":                 {"a.js", "\n<!DOCTYPE html><html></html>", `a.js:1:1: is HTML or XML, no source`},
		"imported binary":      {"a.ts", "import './elf.js';" + ok, `elf.js:1:1: is binary data`},
		"merge conflict":       {"a.js", "\n<<<<<<< HEAD\nexport default 1\n=======\n", `a.js:2:1: a merge conflict that is not resolved`},
		"deep templates":       {"a.ts", "export default " + strings.Repeat("`${", 5000) + "1" + strings.Repeat("}`", 5000), `a.ts: nested more than 500 levels deep`},
		"deep json":            {"a.ts", "import x from './deep.json'; x;" + ok, `a.ts:1:15: nested more than 500 levels deep`},
		"long chain":           {"a.ts", "export default a" + strings.Repeat(".a", 300_000), `a.ts: an expression or statement of more than 20000 tokens`},
		"arrows":               {"a.ts", "export default " + strings.Repeat("a=>", 300_000) + "1", `a.ts: an expression or statement of more than 20000 tokens`},
		"operators":            {"a.ts", "export default " + strings.Repeat("!", 300_000) + "1", `a.ts: an expression or statement of more than 20000 tokens`},
		"ifs":                  {"a.ts", "export default 1;" + strings.Repeat("if(a)", 300_000) + "1", `a.ts: an expression or statement of more than 20000 tokens`},
		"else":                 {"a.ts", "export default 1;" + strings.Repeat("if(a){a,b;}else ", 300_000) + "1", `a.ts: more than 50000 times else`},
		"deep blocks":          {"a.ts", "export default 1;" + strings.Repeat("{/**/", 5000), `a.ts: nested more than 500 levels deep`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, map[string]string{tc.file: tc.text, "has-default.ts": "export default 1", "bad.json": `{"a":}`, "x.png": "png", "elf.js": "\x7fELF\x02", "deep.json": strings.Repeat("[", 5000) + strings.Repeat("]", 5000)})
			_, err := bundle.Build(t.Context(), bundle.Options{Name: "a", Entry: filepath.Join(dir, tc.file)})
			var build *bundle.BuildError
			require.ErrorAs(t, err, &build)
			require.Truef(t, strings.HasPrefix(build.Problems[0].String(), tc.want), "got  %s\nwant %s", build.Problems[0], tc.want)
			require.Contains(t, build.Inputs, filepath.Join(dir, tc.file))
			require.Contains(t, err.Error(), build.Problems[0].String())
			require.Equal(t, "a", build.Function)
		})
	}
}

func TestBuildErrorShowsLines(t *testing.T) {
	_, err := bundle.Build(t.Context(), bundle.Options{Name: "hello", Source: &bundle.Source{
		Contents: "\timport 'nope';\nimport './x';\n" + strings.Repeat(" ", 500) + "import 'y'; // " + strings.Repeat("z", 5000) + "\nexport default 1",
	}})
	require.EqualError(t, err, `function hello cannot be bundled:
hello.ts:1:9: cannot import "nope": the package is not installed, or has no such file; run npm install nope
    1 |  import 'nope';
      |         ^
hello.ts:2:8: cannot import "./x": there is no such file
    2 | import './x';
      |        ^
hello.ts:3:508: cannot import "y": the package is not installed, or has no such file; run npm install y
    3 | `+strings.Repeat(" ", 53)+`import 'y'; // `+strings.Repeat("z", 32)+`
      | `+strings.Repeat(" ", 60)+`^`)

	many := &bundle.BuildError{Function: "f"}
	for range 12 {
		many.Problems = append(many.Problems, bundle.Problem{Message: "m", File: "f", Line: 1, Column: 99, LineText: "x"})
	}
	require.True(t, strings.HasSuffix(many.Error(), "\nand 2 more problems"), many.Error())
}

func TestWarningsNameTheirPlace(t *testing.T) {
	b := source(t, "export default () => import.meta.url;\nif (globalThis.x === NaN) console.log(1);")
	require.Equal(t, []string{
		"hello.ts:1:22: import.meta is empty: a function is one script, without a file of its own",
		`hello.ts:2:18: Comparison with NaN using the "===" operator here is always false; Floating-point equality is defined such that NaN is never equal to anything, so "x === NaN" always returns false. You need to use "Number.isNaN(x)" instead to test for NaN.`,
	}, b.Warnings)
}

func TestSizes(t *testing.T) {
	large := "export const s = '" + strings.Repeat("x", 5000) + "';\n"
	dir := write(t, map[string]string{
		"fits.ts": "export default 1", "large.ts": large + "export default s", "imports.ts": "export {s as default} from './large'",
		"grows.ts": "import s from './text.txt'; export default s", "text.txt": strings.Repeat("\u00fc", 1900),
		"many.ts": "import './p0';import './p1';import './p2';import './p3';import './p4';import './p5';import './p6';import './p7';import './p8';export default 1",
	})
	for _, n := range "012345678" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "p"+string(n)+".ts"), []byte("// "+strings.Repeat("x", 3900)), 0o600))
	}
	for file, want := range map[string]string{
		"large.ts":   "function a cannot be bundled: large.ts has 5037 bytes (4.9 KiB), the most is 4096 (4.0 KiB): a file that large is no code: fetch it, or part it",
		"imports.ts": "function a cannot be bundled: large.ts has 5037 bytes (4.9 KiB), the most is 4096 (4.0 KiB): a file that large is no code: fetch it, or part it",
		"grows.ts":   "leave out what it does not need; its largest files are text.txt (3.7 KiB), grows.ts (44 B)",
		"many.ts":    "leave out what it does not need; its largest files are p0.ts (3.8 KiB), p1.ts (3.8 KiB), ",
	} {
		t.Run(file, func(t *testing.T) {
			_, err := bundle.Build(t.Context(), bundle.Options{Name: "a", Entry: filepath.Join(dir, file), MaxSize: 4096})
			var size *bundle.SizeError
			require.ErrorAs(t, err, &size)
			require.Greater(t, size.Size, size.Max)
			require.ErrorContains(t, err, want)
		})
	}
	_, err := bundle.Build(t.Context(), bundle.Options{Name: "a", Entry: filepath.Join(dir, "fits.ts"), MaxSize: 4096})
	require.NoError(t, err)
}

func TestPipesAreRefused(t *testing.T) {
	dir := write(t, map[string]string{"a.ts": "import './pipe.ts'; export default 1"})
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe.ts"), 0o600))
	_, err := bundle.Build(t.Context(), bundle.Options{Name: "a", Entry: filepath.Join(dir, "a.ts")})
	require.Error(t, err)
}

func TestJSXBelongsIntoItsOwnFiles(t *testing.T) {
	dir := write(t, map[string]string{"a.js": "export default () => <p/>"})
	_, err := bundle.Build(t.Context(), bundle.Options{Name: "a", Entry: filepath.Join(dir, "a.js")})
	require.ErrorContains(t, err, "a.js:1:22: unexpected <: where this is JSX, call the file .jsx or .tsx")
}
