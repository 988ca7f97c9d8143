package node

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// verdicts is a slog.Handler that keeps what the node says of functions that cannot be
// served, or were deployed.
type verdicts chan verdict

// verdict is one line; err is "" for a function that was deployed.
type verdict struct{ function, err string }

func (v verdicts) Enabled(context.Context, slog.Level) bool { return true }
func (v verdicts) WithAttrs([]slog.Attr) slog.Handler       { return v }
func (v verdicts) WithGroup(string) slog.Handler            { return v }

func (v verdicts) Handle(_ context.Context, r slog.Record) error {
	if r.Message != "function deployed" && !strings.HasPrefix(r.Message, "function cannot be served") {
		return nil
	}
	var one verdict
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "function":
			one.function = a.Value.String()
		case "error":
			one.err = a.Value.String()
		}
		return true
	})
	v <- one
	return nil
}

// next waits for what the node says of a function.
func (v verdicts) next(t *testing.T, function string) verdict {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case one := <-v:
			if one.function == function {
				return one
			}
		case <-deadline:
			require.FailNow(t, "the node says nothing of "+function)
		}
	}
}

// save writes files as editors do: beside their names, and then renamed.
func save(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path+".tmp~", []byte(content), 0o600))
		require.NoError(t, os.Rename(path+".tmp~", path))
	}
}

// badInput is a new version that cannot be served.
type badInput struct {
	name string
	// file is the function's file (main.js, main.ts), other what is saved before it.
	file, content string
	other         map[string]string
	// says is what the log says of it, in this order.
	says []string
}

func badInputs() []badInput {
	const ok = "\nexport default () => 1"
	const cpu = ": cpu limit of 300ms reached (used "
	const advice = "): the module's own code must come to an end: move what takes long into the function, or raise limits.cpu"
	loaded := func(what string) []string { return []string{"cannot be loaded from FN.js: " + what} }
	return []badInput{
		{name: "not javascript", file: "js", content: "#include <stdio.h>\nint main() {}", says: []string{"FN.js:1:10: Expected", "^"}},
		{name: "syntax", file: "ts", content: "export default () => {\n  const a = ;\n}", says: []string{`FN.ts:2:13: Unexpected ";"`, "2 |   const a = ;"}},
		{name: "no default export", file: "js", content: "export const x = 1", says: []string{"FN.js: has no default export: write export default"}},
		{name: "empty", file: "js", content: "", says: []string{"FN.js: has no default export: write export default"}},
		{name: "default is a value", file: "js", content: "export default 42", says: loaded("the module has no default export that can be called: export default function (msg, ctx)")},
		{name: "object without message", file: "js", content: "export default { handle() {} }", says: loaded("the module has no default export that can be called")},
		{name: "class", file: "js", content: "export default class A {}", says: loaded("the default export is a class: export a function (msg, ctx), or an object")},
		{name: "throws", file: "ts", content: "const a: number = 1;\nthrow new TypeError('no ' + a);" + ok, says: []string{"cannot be loaded from FN.ts: TypeError: no 1 (FN.ts:2:"}},
		{name: "throws in an import", file: "js", content: "import './lib-throws/part.js';" + ok, other: map[string]string{"lib-throws/part.js": "\nnull.x"}, says: loaded("TypeError: Cannot read properties of null (reading 'x') (lib-throws/part.js:2:")},
		{name: "throws no error", file: "js", content: "throw 'no';" + ok, says: loaded("no (FN.js:1:1)")},
		{name: "loops", file: "js", content: "for (;;);" + ok, says: []string{"cannot be loaded from FN.js" + cpu, advice}},
		{name: "loops in microtasks", file: "js", content: "const f = () => { Promise.resolve().then(f) }; f();" + ok, says: []string{"FN.js" + cpu, advice}},
		{name: "loops in a getter", file: "js", content: "export default { get message() { for (;;); } }", says: []string{"FN.js" + cpu, advice}},
		{name: "recursion", file: "js", content: "const f = () => f() + 1; f();" + ok, says: loaded("RangeError: Maximum call stack size exceeded (FN.js:1:")},
		{name: "timer", file: "js", content: "setTimeout(() => {}, 1);" + ok, says: loaded("Error: timers cannot be set in global scope: set them while a message is handled (FN.js:1:1)")},
		{name: "import of no file", file: "js", content: "import './nope';" + ok, says: []string{`FN.js:1:8: cannot import "./nope": there is no such file`}},
		{name: "import of no package", file: "js", content: "import '@a/left-pad/x';" + ok, says: []string{"FN.js:1:8: ", "run npm install @a/left-pad"}},
		{name: "import of no name", file: "js", content: "import { nope } from './lib-json/part.js'; nope;" + ok, other: map[string]string{"lib-json/part.js": "export const a = 1"}, says: []string{`FN.js:1:10: No matching export in "lib-json/part.js" for import "nope"`}},
		{name: "node built-in", file: "js", content: "import fs from 'fs'; fs;" + ok, says: []string{`FN.js:1:16: cannot import "fs": it is built into Node.js, and a function does not run there; import the file as text or JSON`}},
		{name: "node built-in by require", file: "js", content: "const http = require('node:http'); http;" + ok, says: []string{`cannot import "node:http": it is built into Node.js`, "use fetch"}},
		{name: "import from a url", file: "js", content: "import 'https://esm.sh/x';" + ok, says: []string{"FN.js:1:8: cannot import from a URL: install the package with npm"}},
		{name: "broken json", file: "js", content: "import x from './lib-bad/bad.json'; x;" + ok, other: map[string]string{"lib-bad/bad.json": `{"a": }`}, says: []string{"lib-bad/bad.json:1:7: "}},
		{name: "top-level await", file: "js", content: "const x = await fetch('x'); x;" + ok, says: []string{"FN.js:1:11: await outside of an async function: a function's module cannot wait while it loads; move this into the function"}},
		{name: "binary", file: "js", content: "\x7fELF\x02\x01\x01\x00", says: []string{"FN.js:1:1: is binary data, no source"}},
		{name: "utf-16", file: "js", content: "\xff\xfee\x00x\x00p\x00o\x00r\x00t\x00", says: []string{"FN.js:1:1: is UTF-16: save the file as UTF-8"}},
		{name: "latin-1", file: "js", content: "export default () => 'caf\xe9'", says: []string{"FN.js:1:26: byte 0xe9 is not UTF-8: save the file as UTF-8"}},
		{name: "two files", file: "ts", content: "export default () => 1", says: []string{"several files claim the name FN: FN.js and FN.ts: keep one"}},
		{name: "broken manifest", file: "js", content: "export default () => 2", other: map[string]string{"FN.yaml": "isolatoin: warm\nlimits: { wall: 30 }"}, says: []string{`FN.yaml:1:1: unknown key "isolatoin": did you mean isolation?`, `FN.yaml:2:17: limits.wall: "30" has no unit`}},
		{name: "manifest that is no yaml", file: "js", content: "export default () => 2", other: map[string]string{"FN.yaml": "a: [\nb"}, says: []string{"FN.yaml:2:1: not YAML"}},
		{name: "what the light engine lacks", file: "js", content: "export default () => Intl.Collator.name", other: map[string]string{"FN.yaml": "engine: quickjs"}, says: loaded("jsruntime: not supported by this version: engine: quickjs: the function names Intl, which that engine does not have")},
		{name: "fills the heap", file: "js", content: "const a = []; for (;;) a.push(new Array(1e4).fill(1.5));" + ok, other: map[string]string{"FN.yaml": "limits: { cpu: 20s }"}, says: []string{"cannot be loaded from FN.js: heap limit of 32 MiB reached (used ", "the module's own code must not keep that much"}},
		{name: "fills buffers", file: "js", content: "globalThis.k = []; for (let i = 0; i < 30; i++) { k.push(new Uint8Array(8 << 20)); const t = Date.now(); while (Date.now() - t < 1); }" + ok, says: []string{"cannot be loaded from FN.js: buffers limit of 64 MiB reached (used 64 MiB)", "the module's own code must not keep that much"}},
		{name: "twenty megabytes", file: "js", content: "export default () => 1; // " + strings.Repeat("x", 20<<20), says: []string{"FN.js has 20971547 bytes (20 MiB), the most is 16777216 (16 MiB): a file that large is no code: fetch it, or part it"}},
	}
}

// TestBadInput saves what cannot be served in place of a version that can: through the
// folder's watch, the bundler and the probe, the log names the file and says what is
// wrong and what to do, and the version before goes on to serve.
func TestBadInput(t *testing.T) {
	inputs := badInputs()
	dir := t.TempDir()
	nameOf := func(in badInput) string { return strings.ReplaceAll(in.name, " ", "-") }
	for _, in := range inputs {
		ext := in.file
		if in.name == "two files" {
			ext = "js"
		}
		save(t, dir, map[string]string{nameOf(in) + "." + ext: "export default () => 'version 1'"})
	}
	said := make(verdicts, 1000)
	n, nc := serveLogged(t, dir, slog.New(said), func(c *config.Config) {
		c.Runtimes.Count = 1
		c.Limits.CPU, c.Limits.Heap = 300*time.Millisecond, 32*function.MiB
	})
	require.Len(t, n.pool.Functions(), len(inputs))
	for range inputs {
		require.Empty(t, (<-said).err) // said before Start returned
	}
	for _, in := range inputs {
		t.Run(in.name, func(t *testing.T) {
			name := nameOf(in)
			named := func(s string) string { return strings.ReplaceAll(s, "FN", name) }
			for file, content := range in.other {
				save(t, dir, map[string]string{named(file): content})
			}
			save(t, dir, map[string]string{name + "." + in.file: in.content})
			rest := said.refused(t, name, named(in.says[0]))
			require.Contains(t, rest, name)
			for _, want := range in.says {
				at := strings.Index(rest, named(want))
				require.GreaterOrEqual(t, at, 0, "%q in\n%s", named(want), rest)
				rest = rest[at:]
			}
			require.Equal(t, "version 1", string(ask(t, nc, "fn."+name, "").Data), "the version before serves")
		})
	}
}

// refused waits for a version of a function that is refused with these words. A file
// and its manifest are two changes, and may be told of one by one.
func (v verdicts) refused(t *testing.T, function, words string) string {
	t.Helper()
	for {
		if said := v.next(t, function).err; strings.Contains(said, words) {
			return said
		} else if said != "" {
			t.Logf("before that: %.300s", said)
		}
	}
}

// TestUnusualInputIsServed: what looks odd, but is none of the above.
func TestUnusualInputIsServed(t *testing.T) {
	dir := t.TempDir()
	save(t, dir, map[string]string{
		"types.ts":            "export default (): number => { const a: string = 5 as any; return a.nope ?? 'not checked' }",
		"circle.js":           "import { b } from './lib/b.js'; export const a = 'a'; export default () => b()",
		"lib/b.js":            "import { a } from '../circle.js'; export const b = () => a + 'b'",
		"data.js":             "import x from './lib/x.json'; export default () => x.a",
		"lib/x.json":          `{"a": "from json"}`,
		"early.js":            "const p = fetch('http://127.0.0.1:1/'); export default () => p",
		"mark.js":             "\ufeffexport default () => 'with a mark'",
		"later/notes.txt":     "a folder without an index is no function",
		"lone.yaml":           "isolation: warm",
		"empty/function.yaml": "isolation: warm",
	})
	said := make(verdicts, 100)
	_, nc := serveLogged(t, dir, slog.New(said), nil)
	for name, want := range map[string]string{"types": "not checked", "circle": "ab", "data": "from json", "mark": "with a mark"} {
		require.Equal(t, want, string(ask(t, nc, "fn."+name, "").Data), name)
	}
	// fetch gives a promise, also while a module is loaded: it is whoever awaits it
	// that is told.
	require.Contains(t, ask(t, nc, "fn.early", "").Header.Get("Nats-Service-Error"), "fetch cannot be used in global scope: use it while a message is handled")
	require.Equal(t, function.NotFound, outcomeOf(t, ask(t, nc, "fn.later", "")))
	close(said)
	refused := map[string]string{}
	for v := range said {
		if v.err != "" {
			refused[v.function] = v.err
		}
	}
	require.Equal(t, map[string]string{
		"lone":  "manifest without a function: lone.yaml has no lone.ts or lone.js beside it",
		"empty": "manifest without a function: empty/function.yaml has no index.ts or index.js beside it",
	}, refused)
}
