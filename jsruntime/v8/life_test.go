package v8

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

func TestContextsAreBoundedAndIsolated(t *testing.T) {
	l := newLoop(t, func(c *jsruntime.Config) { c.MaxContexts = 3 })
	source := `globalThis.n = (globalThis.n ?? 0) + 1; let calls = 0; export default () => globalThis.n * 100 + ++calls`
	for round := 1; round <= 2; round++ {
		for n := range 3 {
			r, err := l.call(module(t, fmt.Sprint("f", n), source, nil), nil)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(100+round), string(r.Body), "no function sees another's globals; each is warm")
		}
	}
	_, err := l.call(module(t, "f9", source, nil), nil)
	require.NoError(t, err)
	require.False(t, l.rt.Warm("f0", module(t, "f0", source, nil).Version), "the least recently used made room")
	require.LessOrEqual(t, l.rt.Memory().Contexts, uint64(6), "three, the binding's, the border's, and one not yet collected")

	fresh := module(t, "fresh", source, func(m *function.Manifest) { m.Isolation = function.PerContext })
	for range 3 {
		r, err := l.call(fresh, nil)
		require.NoError(t, err)
		require.Equal(t, "101", string(r.Body), "isolation: context sees no other call")
	}
}

func TestVersionsLiveSideBySide(t *testing.T) {
	l := newLoop(t, nil)
	slow := func(v string) string {
		return `export default async () => { await new Promise(r => setTimeout(r, 5)); return "` + v + `" }`
	}
	require.NoError(t, l.invoke("old", module(t, "f", slow("old"), nil), nil))
	require.NoError(t, l.invoke("new", module(t, "f", slow("new"), nil), nil))
	require.NoError(t, l.run())
	require.Equal(t, "old", string(l.results["old"].Body))
	require.Equal(t, "new", string(l.results["new"].Body))
}

func TestDeadlineAbortsTheSignalAndAnswersOnce(t *testing.T) {
	l := newLoop(t, nil)
	fn := module(t, "f", `
export default async (m, ctx) => {
  if (m.text() === "seen") return globalThis.seen;
  ctx.signal.addEventListener("abort", () => { globalThis.seen = ctx.signal.reason.name });
  await new Promise(() => setTimeout(() => {}, 60_000));
}`, func(m *function.Manifest) { m.Limits.Wall = 400 * time.Millisecond })
	r, err := l.call(fn, nil)
	require.NoError(t, err)
	require.Equal(t, function.Timeout, r.Outcome)
	require.Contains(t, r.Message, "400ms")
	r, err = l.call(fn, []byte("seen"))
	require.NoError(t, err)
	require.Equal(t, "TimeoutError", string(r.Body))
}

func TestWaitUntilOutlivesTheReply(t *testing.T) {
	l := newLoop(t, nil)
	fn := module(t, "f", `
export default (m, ctx) => {
  if (m.text() === "read") return globalThis.after ?? "not yet";
  ctx.waitUntil(new Promise(r => setTimeout(r, 5)).then(() => { globalThis.after = "done" }));
  return "now";
}`, nil)
	require.NoError(t, l.invoke("a", fn, nil))
	require.Equal(t, "now", string(l.results["a"].Body), "the reply does not wait")
	require.Equal(t, 1, l.rt.Inflight())
	require.NoError(t, l.run())
	r, err := l.call(fn, []byte("read"))
	require.NoError(t, err)
	require.Equal(t, "done", string(r.Body))
}

func TestAbandonHandsBackTheInnocent(t *testing.T) {
	l := newLoop(t, nil)
	waiting := module(t, "waiting", `export default () => new Promise(r => setTimeout(r, 60_000))`, nil)
	for n := range 5 {
		require.NoError(t, l.invoke(fmt.Sprint(n), waiting, nil))
	}
	_, err := l.call(module(t, "spin", `export default () => { for(;;); }`, nil), nil)
	var condemned *jsruntime.CondemnedError
	require.ErrorAs(t, err, &condemned)
	require.Equal(t, "spin", condemned.Function)
	require.Len(t, l.rt.Abandon(), 5)
	require.Zero(t, l.rt.Inflight())
	require.ErrorIs(t, l.invoke("late", waiting, nil), jsruntime.ErrClosed)
}

func TestFetch(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Method", r.Method)
		_, _ = fmt.Fprint(w, "page for ", r.URL.Path)
	}))
	defer server.Close()
	client, err := webapi.NewHTTP(webapi.DefaultHTTPConfig())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	l := newLoop(t, func(c *jsruntime.Config) { c.HTTP = client })
	source := `export default async (m) => { const r = await fetch(m.text()); return r.headers.get("x-method") + " " + await r.text() }`
	granted := module(t, "granted", source, func(m *function.Manifest) { m.Permissions.Net = []string{"127.0.0.1:*"} })
	r, err := l.call(granted, []byte(server.URL+"/a"))
	require.NoError(t, err)
	require.Equal(t, "GET page for /a", string(r.Body), r.Message)

	r, err = l.call(module(t, "denied", source, nil), []byte(server.URL+"/a"))
	require.NoError(t, err)
	require.Equal(t, function.Exception, r.Outcome)
	require.Contains(t, r.Message, "permissions")
}

func TestSubrequestsAndTimersAreBounded(t *testing.T) {
	l := newLoop(t, nil)
	few := func(m *function.Manifest) { m.Limits.Timers, m.Limits.Subrequests = 3, 2 }
	r, err := l.call(module(t, "t", `export default () => { for (let i = 0; i < 4; i++) setTimeout(() => {}, 10) }`, few), nil)
	require.NoError(t, err)
	require.Contains(t, r.Message, "timers limit of 3")
	r, err = l.call(module(t, "s", `export default async () => { for (let i = 0; i < 3; i++) await fetch("http://127.0.0.1:1/").catch(e => { if (String(e).includes("limit")) throw e }) }`, few), nil)
	require.NoError(t, err)
	require.Contains(t, r.Message, "subrequests limit of 2")
}

func TestHostSurvivesTampering(t *testing.T) {
	l := newLoop(t, nil)
	fn := module(t, "tamper", `
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
	r, err := l.call(fn, []byte(`{"a":"real"}`))
	require.NoError(t, err)
	require.Equal(t, function.OK, r.Outcome, r.Message)
	require.JSONEq(t, `{"json":"real","stolen":0}`, string(r.Body))

	r, err = l.call(module(t, "innocent", `export default async (m) => [m.json().a, [1].push.name, typeof setTimeout]`, nil), []byte(`{"a":"real"}`))
	require.NoError(t, err)
	require.Equal(t, `["real","push","function"]`, string(r.Body))
}

func TestLargePayloads(t *testing.T) {
	l := newLoop(t, nil)
	big := strings.Repeat("é", 1<<19)
	for name, source := range map[string]string{
		"text":  `export default (m) => m.text()`,
		"bytes": `export default async (m) => m.bytes()`,
		"both":  `export default async (m) => new TextDecoder().decode(m.bytes())`,
	} {
		t.Run(name, func(t *testing.T) {
			r, err := l.call(module(t, "f", source, nil), []byte(big))
			require.NoError(t, err)
			require.Equal(t, function.OK, r.Outcome, r.Message)
			require.True(t, bytes.Equal(r.Body, []byte(big)), "the payload came back changed")
		})
	}
}

// Two versions that are both called keep their contexts; one that is no longer called
// makes room.
func TestLiveVersionsStayWarm(t *testing.T) {
	live := map[string]bool{"f": true}
	l := newLoop(t, func(c *jsruntime.Config) { c.Live = func(name, _ string) bool { return live[name] } })
	counting := `let n = 0; export default () => String(++n)`
	a, b := module(t, "f", counting, nil), module(t, "f", counting+" // b", nil)
	b.Version = "b"
	for n := 1; n <= 3; n++ {
		for _, fn := range []*bundle.Function{a, b} {
			r, err := l.call(fn, nil)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(n), string(r.Body), fn.Version)
		}
	}
	live["f"] = false
	c := module(t, "f", counting, nil)
	c.Version = "c"
	_, err := l.call(c, nil)
	require.NoError(t, err)
	require.False(t, l.rt.Warm("f", a.Version))
	require.False(t, l.rt.Warm("f", "b"))
}

// TestWhatCallsLeaveBehindIsFreed: timers that a call leaves pending when it ends go with
// it, and all that they hold; the context that many such calls share does not fill up.
func TestWhatCallsLeaveBehindIsFreed(t *testing.T) {
	l := newLoop(t, nil)
	fn := module(t, "f", `export default () => {
		const held = Array.from({ length: 12500 }, (_, i) => i + 0.5); // 100 kB
		setTimeout(() => held, 1e9);
		setTimeout(() => held, 1e9);
		return "" + held.length;
	}`, nil)
	for range 2000 { // 200 MB, where the heap has 64
		result, err := l.call(fn, nil)
		require.NoError(t, err)
		require.Equal(t, function.OK, result.Outcome, result.Message)
	}
}
