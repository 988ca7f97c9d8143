package bundle

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/evanw/esbuild/pkg/api"
)

// esbuild's errors have no codes. These are the texts that become advice for the
// author of a function; a text that changes in a later esbuild is shown as it is.
// TestProblems holds them to the version in go.mod.
var (
	unresolved    = regexp.MustCompile(`^Could not resolve "(.*)"$`)
	awaitAtTop    = regexp.MustCompile(`^Top-level await is (currently )?not `)
	missingExport = regexp.MustCompile(`^No matching export in .* for import "default"$`)
	jsxDisabled   = regexp.MustCompile(`^The JSX syntax extension is not currently enabled`)
	conflict      = regexp.MustCompile(`^Unexpected "<<"$`)
	noLoader      = regexp.MustCompile(`^No loader is configured for "(.*)" files`)
)

const noDefault = "has no default export: write export default async function (msg, ctx) { ... }"

// maxProblems bounds how many problems of one build are kept.
const maxProblems = 100

// problems translates esbuild's messages.
func problems(opts Options, messages []api.Message) []Problem {
	out := make([]Problem, 0, min(len(messages), maxProblems))
	for _, m := range messages {
		p := translate(opts, m)
		if len(out) == maxProblems {
			break
		}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func translate(opts Options, m api.Message) Problem {
	p := Problem{Message: advice(m)}
	l := m.Location
	switch {
	case l != nil && l.File == entryPath:
		// The lines that Build adds: what is wrong with them is the file they name.
		p.File = entryName(opts)
		if missingExport.MatchString(m.Text) {
			p.Message = noDefault
		}
	case l != nil:
		before := l.LineText[:min(max(l.Column, 0), len(l.LineText))]
		p.File, p.Line, p.Column, p.LineText = l.File, l.Line, 1+utf8.RuneCountInString(before), clipLine(l.LineText)
	}
	return p
}

// advice returns the text of a message, with what the author of a function can do.
func advice(m api.Message) string {
	if found := unresolved.FindStringSubmatch(m.Text); found != nil {
		return unresolvedAdvice(found[1])
	}
	switch found := noLoader.FindStringSubmatch(m.Text); {
	case m.ID == "empty-import-meta":
		return "import.meta is empty: a function is one script, without a file of its own"
	case jsxDisabled.MatchString(m.Text):
		return "unexpected <: where this is JSX, call the file .jsx or .tsx"
	case conflict.MatchString(m.Text) && m.Location != nil && strings.HasPrefix(m.Location.LineText, "<<<<<<<"):
		return "a merge conflict that is not resolved"
	case awaitAtTop.MatchString(m.Text):
		return "await outside of an async function: a function's module cannot wait while it loads; move this into the function, and keep the promise in a variable if it is needed once"
	case found != nil:
		return fmt.Sprintf("cannot import %s files: what can be imported is JavaScript, TypeScript, JSON, and .txt, .md, .html and .css as text", found[1])
	}
	var text strings.Builder
	text.WriteString(m.Text)
	for _, note := range m.Notes {
		if strings.HasPrefix(note.Text, `The plugin "isolane"`) {
			continue // that a file was imported, by us
		}
		text.WriteString("; " + note.Text)
		if note.Location != nil {
			fmt.Fprintf(&text, " (%s:%d)", note.Location.File, note.Location.Line)
		}
	}
	return text.String()
}

func unresolvedAdvice(path string) string {
	module, isNode := strings.CutPrefix(path, "node:")
	switch root, _, _ := strings.Cut(module, "/"); {
	case isNode || slices.Contains(nodeModules(), root):
		return fmt.Sprintf("cannot import %q: it is built into Node.js, and a function does not run there; %s", path, insteadOf(root))
	case strings.HasPrefix(path, ".") || strings.HasPrefix(path, "/"):
		return fmt.Sprintf("cannot import %q: there is no such file", path)
	case strings.HasPrefix(path, "#"):
		return fmt.Sprintf("cannot import %q: no package.json maps it under \"imports\"", path)
	}
	parts := strings.SplitN(path, "/", 3)
	name := parts[0]
	if strings.HasPrefix(name, "@") && len(parts) > 1 {
		name += "/" + parts[1]
	}
	return fmt.Sprintf("cannot import %q: the package is not installed, or has no such file; run npm install %s", path, name)
}

// insteadOf says what a function uses in place of a module of Node.js.
func insteadOf(module string) string {
	switch module {
	case "http", "https", "http2":
		return "use fetch"
	case "fs", "path":
		return "import the file as text or JSON, or use ctx.kv"
	case "crypto":
		return "use the global crypto"
	case "timers":
		return "use the global setTimeout"
	case "url", "querystring":
		return "use the global URL and URLSearchParams"
	case "util":
		return "use the global TextEncoder, TextDecoder and structuredClone"
	case "perf_hooks":
		return "use the global performance"
	case "process":
		return "use ctx.env for the environment"
	case "buffer", "events", "assert", "stream", "string_decoder", "punycode":
		return "install the npm package " + module
	}
	return "use a package that also runs in browsers"
}

// nodeModules are the modules of Node.js that may be imported without "node:".
func nodeModules() []string {
	return []string{
		"assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram",
		"diagnostics_channel", "dns", "domain", "events", "fs", "http", "http2", "https", "inspector", "module", "net",
		"os", "path", "perf_hooks", "process", "punycode", "querystring", "readline", "repl", "stream", "string_decoder",
		"sys", "timers", "tls", "trace_events", "tty", "url", "util", "v8", "vm", "wasi", "worker_threads", "zlib",
	}
}

// entryName is what messages call the function's own module.
func entryName(opts Options) string {
	if opts.Source != nil {
		return opts.Source.File
	}
	return (&inputs{opts: opts}).relative(opts.Entry)
}

// clipLine keeps the excerpt of a file without line breaks small.
func clipLine(s string) string {
	const longest = 2000
	if len(s) > longest {
		return strings.ToValidUTF8(s[:longest], "")
	}
	return s
}
