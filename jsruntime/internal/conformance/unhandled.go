package conformance

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
)

// unhandled calls a function of body and returns the lines that it logs.
func unhandled(t *testing.T, e Engine, top, body string) (*function.Result, []Line) {
	t.Helper()
	if !e.HeapLimit {
		t.Skip("the original binding's V8 is not reached into")
	}
	var log bytes.Buffer
	l := NewLoop(t, e, func(c *jsruntime.Config) { c.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	fn := Module(t, "f", top+"\nexport default async (msg, ctx) => {\n"+body+"\n}", Patiently)
	r, err := l.Call(fn, nil)
	require.NoError(t, err)
	l.ServesHello(t)
	return r, LinesOf(t, &log)
}

// UnhandledRejectionsAreReported is a test of every engine.
func UnhandledRejectionsAreReported(t *testing.T, e Engine) {
	t.Helper()
	for name, c := range map[string]struct {
		top, body string
		want      []string // of each line
	}{
		"none":                   {body: `await null`},
		"an error":               {body: `const inner = () => Promise.reject(new RangeError("lost")); inner()`, want: []string{"Unhandled rejection: RangeError: lost\n    at inner (f.ts:3:"}},
		"no error":               {body: `Promise.reject("text")`, want: []string{"Unhandled rejection: text"}},
		"undefined":              {body: `Promise.reject()`, want: []string{"Unhandled rejection: undefined"}},
		"an async function's":    {body: `(async () => { await null; throw new Error("later") })(); await new Promise(r => setTimeout(r, 1))`, want: []string{"Unhandled rejection: Error: later"}},
		"in a later turn":        {body: `await new Promise(r => setTimeout(async () => { setTimeout(r, 1); throw new Error("timer") }, 1))`, want: []string{"Unhandled rejection: Error: timer"}},
		"two":                    {body: `Promise.reject(1); Promise.reject(2)`, want: []string{"Unhandled rejection: 1", "Unhandled rejection: 2"}},
		"while loading":          {top: `Promise.reject(new Error("loading"));`, want: []string{"Unhandled rejection: Error: loading"}},
		"handled at once":        {body: `Promise.reject(1).catch(() => {})`},
		"handled in the turn":    {body: `const p = Promise.reject(1); await null; await null; p.catch(() => {})`},
		"handled by all":         {body: `await Promise.allSettled([Promise.reject(1), Promise.reject(2)])`},
		"handled by waitUntil":   {body: `ctx.waitUntil(Promise.reject(new Error("waited")))`, want: []string{"Uncaught Error: waited\n    at f_default (f.ts:3:"}},
		"the function's own":     {body: `throw new Error("mine")`},
		"thrown in a timer":      {body: `await new Promise(r => setTimeout(() => { setTimeout(r, 1); throw new Error("tick") }, 1))`, want: []string{"Uncaught Error: tick\n    at "}},
		"a copy of what is told": {body: `const p = Promise.reject(1); p.then(() => {})`, want: []string{"Unhandled rejection: 1"}},
		"an error of many lines": {body: `Promise.reject(new Error("x".repeat(1e6)))`, want: []string{"Unhandled rejection: Error: xxx"}},
		"a fetch that is denied": {body: `fetch("http://a.test/"); await new Promise(r => setTimeout(r, 500))`, want: []string{"permissions"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, lines := unhandled(t, e, c.top, c.body)
			require.Len(t, lines, len(c.want), "%v", lines)
			for n, want := range c.want {
				require.Contains(t, lines[n].Text, want)
				require.NotContains(t, lines[n].Text, "isolane:")
				require.Less(t, len(lines[n].Text), 10<<10)
				require.Equal(t, "ERROR", lines[n].Level)
				require.Equal(t, "f", lines[n].Function)
				if c.top == "" {
					require.Equal(t, "call", lines[n].Invocation)
				}
			}
		})
	}
}

// UnhandledRejectionsAreBounded is a test. What is told in a turn is bounded, whatever is rejected, and by whom.
func UnhandledRejectionsAreBounded(t *testing.T, e Engine) {
	t.Helper()
	for name, c := range map[string]struct{ top, body string }{
		"many":                        {"", `for (let i = 0; i < 1e5; i++) Promise.reject(new Error("no"))`},
		"an error that rejects again": {"", `class E extends Error { get stack() { Promise.reject(new E()); queueMicrotask(() => Promise.reject(new E())); return "stack" } } Promise.reject(new E())`},
		"one that throws when asked":  {"", `Promise.reject({ get message() { throw 1 }, get stack() { throw 2 } })`},
		"a revoked proxy":             {"", `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); Promise.reject(proxy)`},
		"a tampered Map":              {`Map.prototype.set = Map.prototype.forEach = Map.prototype.delete = () => { throw new Error("tampered") }; Object.defineProperty(Object.prototype, "next", { set() { throw new Error("tampered") } });`, `Promise.reject(1)`},
		"deep in the stack":           {"", `const f = () => { Promise.reject(1); f() }; try { f() } catch {}`},
		"handled after many":          {"", `const all = []; for (let i = 0; i < 1000; i++) all.push(Promise.reject(i)); await null; for (const p of all) p.catch(() => {}); Promise.reject("last")`},
	} {
		t.Run(name, func(t *testing.T) {
			r, lines := unhandled(t, e, c.top, c.body)
			require.Equal(t, function.OK, r.Outcome, r.Message)
			require.NotEmpty(t, lines)
			require.LessOrEqual(t, len(lines), 8)
			for _, line := range lines {
				require.NotContains(t, line.Text, "tampered")
			}
		})
	}
}

// UnhandledRejectionThatLoops is a test. A description that does not end costs its function the isolate, as any code of its does.
func UnhandledRejectionThatLoops(t *testing.T, e Engine) {
	t.Helper()
	runHostile(t, e, []hostile{{
		name: "a stack that loops", body: `Promise.reject({ message: "", get stack() { for(;;); } }); return "reply"`,
		want: function.OK, message: cpuMessage, condemned: true, modes: every[:2],
	}})
}

// RejectionsAreToldToListeners is a test. Listeners of the global scope's hear of rejections
// and of what is thrown; what they deal with is not logged, and what they do is their call's.
func RejectionsAreToldToListeners(t *testing.T, e Engine) {
	t.Helper()
	const listen = `const got = []; addEventListener("unhandledrejection", (e) => { got.push(e.type + " " + e.reason); if (e.reason === "quiet") e.preventDefault() }); onrejectionhandled = (e) => { got.push(e.type + " " + e.reason + " " + (e.promise instanceof Promise)) };`
	const later = `await new Promise(r => setTimeout(r, 1));`
	for name, c := range map[string]struct {
		top, body, reply string
		want             []string
	}{
		"told, and logged":      {top: listen, body: `Promise.reject("loud"); ` + later + ` return got.join()`, reply: "unhandledrejection loud", want: []string{"Unhandled rejection: loud"}},
		"told, and dealt with":  {top: listen, body: `Promise.reject("quiet"); ` + later + ` return got.join()`, reply: "unhandledrejection quiet"},
		"handled late":          {top: listen, body: `const p = Promise.reject("loud"); ` + later + ` p.catch(() => {}); ` + later + ` return got.join()`, reply: "unhandledrejection loud,rejectionhandled loud true", want: []string{"Unhandled rejection: loud"}},
		"handled in the turn":   {top: listen, body: `const p = Promise.reject("loud"); await null; p.catch(() => {}); ` + later + ` return got.join()`},
		"by false":              {top: `let got; onunhandledrejection = (e) => { got = e.reason; return false }`, body: `Promise.reject(7); ` + later + ` return "" + got`, reply: "7"},
		"a listener that works": {top: `let got; addEventListener("unhandledrejection", (e) => { e.preventDefault(); setTimeout(() => { got = "later " + e.reason }, 1) })`, body: `Promise.reject(1); while (got === undefined) await new Promise(r => setTimeout(r, 1)); return got`, reply: "later 1"},
		"a listener that throws": {
			top: `addEventListener("unhandledrejection", () => { throw new Error("in it") })`, body: `Promise.reject(1); ` + later + ` return ""`,
			want: []string{"Uncaught Error: in it", "Unhandled rejection: 1"},
		},
		"a timer that throws":   {top: `let got; onerror = (m) => { got = m; return true }`, body: `await new Promise(r => setTimeout(() => { setTimeout(r, 1); throw new Error("tick") }, 1)); return got`, reply: "Uncaught Error: tick"},
		"the call's own is its": {top: `let got = "none"; onerror = onunhandledrejection = () => { got = "told" }`, body: `await Promise.reject(1).catch(() => {}); ` + later + ` return got`, reply: "none"},
		"replaced classes":      {top: listen + `globalThis.PromiseRejectionEvent = globalThis.EventTarget = undefined; Map.prototype.forEach = () => { throw 1 };`, body: `Promise.reject("loud"); ` + later + ` return got.join()`, reply: "unhandledrejection loud", want: []string{"Unhandled rejection: loud"}},
	} {
		t.Run(name, func(t *testing.T) {
			r, lines := unhandled(t, e, c.top, c.body)
			require.Equal(t, function.OK, r.Outcome, r.Message)
			require.Equal(t, c.reply, string(r.Body))
			require.Len(t, lines, len(c.want), "%v", lines)
			for n, want := range c.want {
				require.Contains(t, lines[n].Text, want)
				require.Equal(t, "call", lines[n].Invocation)
			}
		})
	}
	t.Run("a listener that rejects for ever", func(t *testing.T) {
		for _, top := range []string{
			`onunhandledrejection = () => { Promise.reject(1) }`,
			`onunhandledrejection = () => { Promise.reject(1); return false }`,
			`onunhandledrejection = onrejectionhandled = (e) => { e.promise.catch(() => {}); Promise.reject(1) }`,
		} {
			r, lines := unhandled(t, e, top, `Promise.reject(0); return "reply"`)
			require.Equal(t, function.OK, r.Outcome, r.Message)
			require.LessOrEqual(t, len(lines), 8)
		}
	})
}
