package conformance

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// ContextsAreBoundedAndIsolated is a test of every engine.
func ContextsAreBoundedAndIsolated(t *testing.T, e Engine) {
	t.Helper()
	l := NewLoop(t, e, func(c *jsruntime.Config) { c.MaxContexts = 3 })
	source := `globalThis.n = (globalThis.n ?? 0) + 1; let calls = 0; export default () => globalThis.n * 100 + ++calls`
	for round := 1; round <= 2; round++ {
		for n := range 3 {
			r, err := l.Call(Module(t, fmt.Sprint("f", n), source, nil), nil)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(100+round), string(r.Body), "no function sees another's globals; each is warm")
		}
	}
	_, err := l.Call(Module(t, "f9", source, nil), nil)
	require.NoError(t, err)
	require.False(t, l.Runtime.Warm("f0", Module(t, "f0", source, nil).Version), "the least recently used made room")
	require.LessOrEqual(t, l.Runtime.Memory().Contexts, uint64(6), "three, the binding's, the border's, and one not yet collected")

	fresh := Module(t, "fresh", source, func(m *function.Manifest) { m.Isolation = function.PerContext })
	for range 3 {
		r, err := l.Call(fresh, nil)
		require.NoError(t, err)
		require.Equal(t, "101", string(r.Body), "isolation: context sees no other call")
	}
}

// VersionsLiveSideBySide is a test of every engine.
func VersionsLiveSideBySide(t *testing.T, e Engine) {
	t.Helper()
	l := NewLoop(t, e, nil)
	slow := func(v string) string {
		return `export default async () => { await new Promise(r => setTimeout(r, 5)); return "` + v + `" }`
	}
	require.NoError(t, l.Invoke("old", Module(t, "f", slow("old"), nil), nil))
	require.NoError(t, l.Invoke("new", Module(t, "f", slow("new"), nil), nil))
	require.NoError(t, l.Run())
	require.Equal(t, "old", string(l.Results["old"].Body))
	require.Equal(t, "new", string(l.Results["new"].Body))
}

// DeadlineAbortsTheSignalAndAnswersOnce is a test of every engine.
func DeadlineAbortsTheSignalAndAnswersOnce(t *testing.T, e Engine) {
	t.Helper()
	l := NewLoop(t, e, nil)
	fn := Module(t, "f", `
export default async (m, ctx) => {
  if (m.text() === "seen") return globalThis.seen;
  ctx.signal.addEventListener("abort", () => { globalThis.seen = ctx.signal.reason.name });
  await new Promise(() => setTimeout(() => {}, 60_000));
}`, func(m *function.Manifest) { m.Limits.Wall = 400 * time.Millisecond })
	r, err := l.Call(fn, nil)
	require.NoError(t, err)
	require.Equal(t, function.Timeout, r.Outcome)
	require.Contains(t, r.Message, "400ms")
	r, err = l.Call(fn, []byte("seen"))
	require.NoError(t, err)
	require.Equal(t, "TimeoutError", string(r.Body))
}

// WaitUntilOutlivesTheReply is a test of every engine.
func WaitUntilOutlivesTheReply(t *testing.T, e Engine) {
	t.Helper()
	l := NewLoop(t, e, nil)
	fn := Module(t, "f", `
export default (m, ctx) => {
  if (m.text() === "read") return globalThis.after ?? "not yet";
  ctx.waitUntil(new Promise(r => setTimeout(r, 5)).then(() => { globalThis.after = "done" }));
  return "now";
}`, nil)
	require.NoError(t, l.Invoke("a", fn, nil))
	require.Equal(t, "now", string(l.Results["a"].Body), "the reply does not wait")
	require.Equal(t, 1, l.Runtime.Inflight())
	require.NoError(t, l.Run())
	r, err := l.Call(fn, []byte("read"))
	require.NoError(t, err)
	require.Equal(t, "done", string(r.Body))
}

// AbandonHandsBackTheInnocent is a test of every engine.
func AbandonHandsBackTheInnocent(t *testing.T, e Engine) {
	t.Helper()
	if !e.New().Shares() {
		t.Skip("no two invocations share an isolate")
	}
	l := NewLoop(t, e, nil)
	waiting := Module(t, "waiting", `export default () => new Promise(r => setTimeout(r, 60_000))`, nil)
	for n := range 5 {
		require.NoError(t, l.Invoke(fmt.Sprint(n), waiting, nil))
	}
	_, err := l.Call(Module(t, "spin", `export default () => { for(;;); }`, nil), nil)
	var condemned *jsruntime.CondemnedError
	require.ErrorAs(t, err, &condemned)
	require.Equal(t, "spin", condemned.Function)
	require.Len(t, l.Runtime.Abandon(), 5)
	require.Zero(t, l.Runtime.Inflight())
	require.ErrorIs(t, l.Invoke("late", waiting, nil), jsruntime.ErrClosed)
}

// Fetch is a test of every engine.
func Fetch(t *testing.T, e Engine) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Method", r.Method)
		_, _ = fmt.Fprint(w, "page for ", r.URL.Path)
	}))
	defer server.Close()
	client, err := webapi.NewHTTP(webapi.DefaultHTTPConfig())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	l := NewLoop(t, e, func(c *jsruntime.Config) { c.HTTP = client })
	source := `export default async (m) => { const r = await fetch(m.text()); return r.headers.get("x-method") + " " + await r.text() }`
	granted := Module(t, "granted", source, func(m *function.Manifest) { m.Permissions.Net = []string{"127.0.0.1:*"} })
	r, err := l.Call(granted, []byte(server.URL+"/a"))
	require.NoError(t, err)
	require.Equal(t, "GET page for /a", string(r.Body), r.Message)

	r, err = l.Call(Module(t, "denied", source, nil), []byte(server.URL+"/a"))
	require.NoError(t, err)
	require.Equal(t, function.Exception, r.Outcome)
	require.Contains(t, r.Message, "permissions")
}

// SubrequestsAndTimersAreBounded is a test of every engine.
func SubrequestsAndTimersAreBounded(t *testing.T, e Engine) {
	t.Helper()
	l := NewLoop(t, e, nil)
	few := func(m *function.Manifest) { m.Limits.Timers, m.Limits.Subrequests = 3, 2 }
	r, err := l.Call(Module(t, "t", `export default () => { for (let i = 0; i < 4; i++) setTimeout(() => {}, 10) }`, few), nil)
	require.NoError(t, err)
	require.Contains(t, r.Message, "timers limit of 3")
	r, err = l.Call(Module(t, "s", `export default async () => { for (let i = 0; i < 3; i++) await fetch("http://127.0.0.1:1/").catch(e => { if (String(e).includes("limit")) throw e }) }`, few), nil)
	require.NoError(t, err)
	require.Contains(t, r.Message, "subrequests limit of 2")
}

// HostSurvivesTampering is a test of every engine.
func HostSurvivesTampering(t *testing.T, e Engine) {
	t.Helper()
	if why := e.Cases["HostSurvivesTampering"].Skip; why != "" {
		t.Skip(why)
	}
	l := NewLoop(t, e, nil)
	fn := Module(t, "tamper", `
const stolen = [];
Array.prototype.push = function () { throw new Error("push") };
Map.prototype.get = () => { throw new Error("get") };
Map.prototype.set = () => { throw new Error("set") };
JSON.stringify = () => "forged";
JSON.parse = () => "forged";
Promise.prototype.then = new Proxy(Promise.prototype.then, { apply(f, self, args) { stolen.push; return Reflect.apply(f, self, args) } });
String.prototype.slice = () => "forged";
String.prototype.indexOf = () => -1;
Function.prototype.call = () => "forged";
Function.prototype.toString = () => "class";
for (const key of ["kind", "inv", "op", "flags", "text", "bytes", "next", "id", "answered", "0", "toJSON", "value", "get", "set"]) {
  Object.defineProperty(Object.prototype, key, { __proto__: null, configurable: true, set(v) { stolen[stolen.length] = key }, get() { return undefined } });
}
globalThis.setTimeout = undefined;
export default async (m) => ({ json: m.json().a, stolen: stolen.length });
`, nil)
	r, err := l.Call(fn, []byte(`{"a":"real"}`))
	require.NoError(t, err)
	require.Equal(t, function.OK, r.Outcome, r.Message)
	require.JSONEq(t, `{"json":"real","stolen":0}`, string(r.Body))

	r, err = l.Call(Module(t, "innocent", `export default async (m) => [m.json().a, [1].push.name, typeof setTimeout]`, nil), []byte(`{"a":"real"}`))
	require.NoError(t, err)
	require.Equal(t, `["real","push","function"]`, string(r.Body))
}

// LargePayloads is a test of every engine.
func LargePayloads(t *testing.T, e Engine) {
	t.Helper()
	l := NewLoop(t, e, nil)
	big := strings.Repeat("é", 1<<19)
	for name, source := range map[string]string{
		"text":  `export default (m) => m.text()`,
		"bytes": `export default async (m) => m.bytes()`,
		"both":  `export default async (m) => new TextDecoder().decode(m.bytes())`,
	} {
		t.Run(name, func(t *testing.T) {
			r, err := l.Call(Module(t, "f", source, nil), []byte(big))
			require.NoError(t, err)
			require.Equal(t, function.OK, r.Outcome, r.Message)
			require.True(t, bytes.Equal(r.Body, []byte(big)), "the payload came back changed")
		})
	}
}

// LiveVersionsStayWarm is a test. Two versions that are both called keep their contexts; one that is no longer called
// makes room.
func LiveVersionsStayWarm(t *testing.T, e Engine) {
	t.Helper()
	live := map[string]bool{"f": true}
	l := NewLoop(t, e, func(c *jsruntime.Config) { c.Live = func(name, _ string) bool { return live[name] } })
	counting := `let n = 0; export default () => String(++n)`
	a, b := Module(t, "f", counting, nil), Module(t, "f", counting+" // b", nil)
	b.Version = "b"
	for n := 1; n <= 3; n++ {
		for _, fn := range []*bundle.Function{a, b} {
			r, err := l.Call(fn, nil)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(n), string(r.Body), fn.Version)
		}
	}
	live["f"] = false
	c := Module(t, "f", counting, nil)
	c.Version = "c"
	_, err := l.Call(c, nil)
	require.NoError(t, err)
	require.False(t, l.Runtime.Warm("f", a.Version))
	require.False(t, l.Runtime.Warm("f", "b"))
}

// WhatCallsLeaveBehindIsFreed is a test: timers that a call leaves pending when it ends go with
// it, and all that they hold; the context that many such calls share does not fill up.
func WhatCallsLeaveBehindIsFreed(t *testing.T, e Engine) {
	t.Helper()
	l := NewLoop(t, e, nil)
	fn := Module(t, "f", `export default () => {
		const held = Array.from({ length: 12500 }, (_, i) => i + 0.5); // 100 kB
		setTimeout(() => held, 1e9);
		setTimeout(() => held, 1e9);
		return "" + held.length;
	}`, Patiently)
	for range 2000 { // 200 MB, where the heap has 64
		result, err := l.Call(fn, nil)
		require.NoError(t, err)
		require.Equal(t, function.OK, result.Outcome, result.Message)
	}
}
