package bundle_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

func TestBuildOfEveryLanguage(t *testing.T) {
	body := "export default async function (msg) { return msg.text(); }\n"
	for file, contents := range map[string]string{
		"a.ts":  "interface X { a: number }\nexport default async function (msg: X): Promise<number> { return msg.a satisfies number; }",
		"a.mts": "enum E { A = 1 }\nexport default () => E.A;",
		"a.js":  body, "a.mjs": body,
		"a.cjs": "module.exports = async () => 1;",
		"a.jsx": "/** @jsxImportSource ui */ export default () => <p>hi</p>;",
		"a.tsx": "const p: unknown = <p>hi</p>; export default () => p;",
	} {
		t.Run(file, func(t *testing.T) {
			dir := write(t, map[string]string{
				file: contents, "node_modules/ui/jsx-runtime.js": "export const jsx = (...a) => a;", "node_modules/react/jsx-runtime.js": "export const jsx = (...a) => a;",
			})
			b, err := bundle.Build(t.Context(), bundle.Options{Name: "a", Entry: filepath.Join(dir, file)})
			require.NoError(t, err)
			requirePlainScript(t, b)
			require.Equal(t, "fn:a", b.Origin)
			require.Contains(t, b.Inputs, filepath.Join(dir, file))
			require.Empty(t, b.Warnings)
			sum := sha256.Sum256([]byte(b.Script))
			require.Equal(t, hex.EncodeToString(sum[:]), b.Digest)
		})
	}
}

// requirePlainScript holds a script to what every engine understands.
func requirePlainScript(t *testing.T, b *bundle.Bundle) {
	t.Helper()
	require.NotContains(t, b.Script, "\x00")
	parsed := api.Transform(b.Script, api.TransformOptions{Loader: api.LoaderJS, Format: api.FormatIIFE, LogLevel: api.LogLevelSilent})
	require.Empty(t, parsed.Errors)
	require.True(t, strings.HasSuffix(strings.TrimSpace(b.Script), "({exports:{}})"), b.Script)
}

func TestBuildFollowsImports(t *testing.T) {
	dir := write(t, map[string]string{
		"hello/index.ts": `import { greet } from "../lib/greet"; import config from "./config.json"; import page from "./page.html";
import iso from "iso"; import old from "old"; import main from "main"; import "side";
export default () => [greet(config.name), page, iso, old, main, process.env.NODE_ENV];`,
		"hello/config.json":             `{"name": "json-name"}`,
		"hello/page.html":               `<p>page-text</p>`,
		"lib/greet.ts":                  `export const greet = (s: string): string => "greet-" + s; export const unused = "shaken-off";`,
		"node_modules/iso/package.json": `{"exports": {"node": "./node.js", "worker": "./worker.js", "default": "./default.js"}}`,
		"node_modules/iso/worker.js":    `export default "iso-worker";`,
		"node_modules/old/package.json": `{"main": "node.js", "browser": {"./node.js": "./browser.js", "fs": false}}`,
		"node_modules/old/browser.js":   `module.exports = ["old-browser", require("fs")];`,
		"node_modules/old/node.js":      `module.exports = require("child_process");`,
		"node_modules/main/index.js":    `try { require("crypto"); } catch {} exports.main = "main-index";`,
		"node_modules/side/index.js":    `globalThis.side = "side-effect";`,
	})
	b, err := bundle.Build(t.Context(), bundle.Options{Name: "hello", Entry: filepath.Join(dir, "hello/index.ts"), Dir: dir})
	require.NoError(t, err)
	requirePlainScript(t, b)
	for _, want := range []string{"greet-", "json-name", "page-text", "iso-worker", "old-browser", "main-index", "side-effect", `"production"`} {
		require.Contains(t, b.Script, want)
	}
	require.NotContains(t, b.Script, "shaken-off")
	require.NotContains(t, b.Script, "use strict", "a CommonJS package may depend on sloppy mode")
	for _, want := range []string{"hello/index.ts", "hello/config.json", "hello/page.html", "lib/greet.ts", "node_modules/iso/worker.js"} {
		require.Contains(t, b.Inputs, filepath.Join(dir, want))
	}
}

func TestModulesRunInStrictMode(t *testing.T) {
	b := source(t, "export default () => 1")
	require.True(t, strings.HasPrefix(b.Script, `(m=>(function(module,exports){"use strict";`+"\n"), b.Script)
}

func TestHashbangIsLeftOut(t *testing.T) {
	b := source(t, "#!/usr/bin/env node\nexport default () => { throw new Error('x') }")
	require.NotContains(t, b.Script, "#!")
	line, column := find(t, b.Script, "new Error")
	file, l, c, ok := b.Position(line, column)
	require.True(t, ok)
	require.Equal(t, []any{"hello.ts", 2, 30}, []any{file, l, c})
}

func TestBuildIsDeterministic(t *testing.T) {
	dir := write(t, map[string]string{"a.ts": "import './b'; import './c'; export default 1", "b.ts": "console.log(1)", "c.ts": "console.log(2)"})
	first, err := bundle.Build(t.Context(), bundle.Options{Name: "a", Entry: filepath.Join(dir, "a.ts")})
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			again, err := bundle.Build(t.Context(), bundle.Options{Name: "a", Entry: filepath.Join(dir, "a.ts")})
			if err != nil || again.Digest != first.Digest {
				t.Errorf("digest %v, %v", again, err)
			}
		})
	}
	all.Wait()
}

func TestBuildOfSource(t *testing.T) {
	dir := write(t, map[string]string{"lib.ts": "export const lib = 'from-lib'", "x.ts": "broken on disk"})
	b, err := bundle.Build(t.Context(), bundle.Options{
		Name: "hello", Dir: dir, Source: &bundle.Source{File: "x.ts", Contents: "import {lib} from './lib'; export default (): string => lib"},
	})
	require.NoError(t, err)
	require.Contains(t, b.Script, "from-lib")
	require.Equal(t, []string{filepath.Join(dir, "lib.ts")}, b.Inputs)

	for _, loader := range []bundle.Loader{bundle.JavaScript, bundle.JSX, bundle.TSX} {
		_, err = bundle.Build(t.Context(), bundle.Options{Name: "hello", Source: &bundle.Source{Loader: loader, Contents: "export default 1"}})
		require.NoError(t, err)
	}
}

func TestBuildFollowsSymbolicLinks(t *testing.T) {
	dir := write(t, map[string]string{"..v1/hello.ts": "import './part'; export default 1", "..v1/part.ts": "export {}; console.log(1)"})
	require.NoError(t, os.Symlink("..v1", filepath.Join(dir, "..data")))
	require.NoError(t, os.Symlink("..data/hello.ts", filepath.Join(dir, "hello.ts")))
	b, err := bundle.Build(t.Context(), bundle.Options{Name: "hello", Entry: filepath.Join(dir, "hello.ts"), Dir: dir})
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(dir, "..v1/hello.ts"), filepath.Join(dir, "..v1/part.ts")}, b.Inputs)
}

func TestBuildRefusesOptions(t *testing.T) {
	text := &bundle.Source{Contents: "export default 1"}
	for name, opts := range map[string]bundle.Options{
		"neither":   {Name: "a"},
		"both":      {Name: "a", Entry: "a.ts", Source: text},
		"size":      {Name: "a", Source: text, MaxSize: -1},
		"file":      {Name: "a", Source: &bundle.Source{File: "../a.ts"}},
		"file, abs": {Name: "a", Source: &bundle.Source{File: "/a.ts"}},
		"dir":       {Name: "a", Source: text, Dir: "/does/not/exist"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := bundle.Build(t.Context(), opts)
			require.Error(t, err)
			var build *bundle.BuildError
			require.NotErrorAs(t, err, &build)
		})
	}
	_, err := bundle.Build(t.Context(), bundle.Options{Name: "No", Source: text})
	require.ErrorIs(t, err, function.ErrInvalidName)
	_, err = bundle.Build(t.Context(), bundle.Options{Name: "a", Entry: "does-not-exist.ts"})
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestBuildStopsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := bundle.Build(ctx, bundle.Options{Name: "a", Source: &bundle.Source{Contents: "export default 1"}})
	require.ErrorIs(t, err, context.Canceled)

	// Canceled while it runs: either outcome is right, but nothing may be left over.
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		_, err := bundle.Build(ctx, bundle.Options{Name: "a", Source: &bundle.Source{Contents: "export default 1"}})
		if err != nil {
			require.ErrorIs(t, err, context.Canceled)
		}
	}
}

// TestModulesOfTheHost: modules that are not on disk, which import one another.
func TestModulesOfTheHost(t *testing.T) {
	dir := write(t, map[string]string{"a.ts": "import { one } from \"host/one\"; export default () => one;"})
	modules := map[string]string{"host/one": "import two from \"host/two\"; export const one = two + 1;", "host/two": "export default 1;"}
	b, err := bundle.Build(t.Context(), bundle.Options{Name: "a", Entry: filepath.Join(dir, "a.ts"), Modules: modules})
	require.NoError(t, err)
	requirePlainScript(t, b)
	require.Equal(t, []string{filepath.Join(dir, "a.ts")}, b.Inputs)
	_, err = bundle.Build(t.Context(), bundle.Options{Name: "a", Entry: filepath.Join(dir, "a.ts")})
	var failed *bundle.BuildError
	require.ErrorAs(t, err, &failed)
	modules["host/two"] = "import \"./elsewhere.js\"; export default 1;"
	_, err = bundle.Build(t.Context(), bundle.Options{Name: "a", Entry: filepath.Join(dir, "a.ts"), Modules: modules})
	require.ErrorAs(t, err, &failed)
}
