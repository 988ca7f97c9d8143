package v8

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
)

// What an invocation starts is its own, even where its code goes on in another one's turn,
// as behind a promise that both wait for.
func TestSharedPromises(t *testing.T) {
	if !heapLimitForEach {
		t.Skip("the original binding's V8 does not tell whose code runs")
	}
	const gate = `let release; const gate = new Promise(r => { release = r });`
	for name, c := range map[string]struct{ waits, want string }{
		"a timer": {`await gate; return new Promise(r => setTimeout(r, 5, "waited"))`, "waited"},
		"behind many awaits": {`await gate; for (let i = 0; i < 9; i++) await null; await { then(r) { r() } };
			return new Promise(r => setTimeout(r, 5, "waited"))`, "waited"},
		"with then": {`return gate.then(() => new Promise(r => queueMicrotask(() => setTimeout(r, 5, "waited"))))`, "waited"},
		"in all":    {`await Promise.all([gate, null]); return new Promise(r => setTimeout(r, 5, "waited"))`, "waited"},
		"in a generator": {`async function* g() { await gate; yield 1 } for await (const x of g());
			return new Promise(r => setTimeout(r, 5, "waited"))`, "waited"},
		"its limit": {`await gate; let n = 0; try { for (;; n++) setTimeout(() => {}, 1) } catch (e) { return n + e.message }`, "3timers limit of 3"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newHostileLoop(t)
			fn := module(t, "sharing", gate+`
export default async (msg) => {
  if (msg.text() === "release") { for (let i = 0; i < 3; i++) setTimeout(() => {}, 1); release(); return "released" }
  `+c.waits+`
}`, func(m *function.Manifest) {
				patiently(m)
				m.Limits.Timers = 3
			})
			require.NoError(t, l.Invoke("waiting", fn, nil))
			require.NoError(t, l.Invoke("release", fn, []byte("release")))
			require.Equal(t, "released", string(l.Results["release"].Body))
			require.NoError(t, l.Run())
			require.Contains(t, string(l.Results["waiting"].Body), c.want, l.Results["waiting"].Message)
			l.ServesHello(t)
		})
	}
}

// One call fetches what all of them wait for; each goes on as itself, and what it prints
// is its own.
func TestSharedPromiseOfManyCalls(t *testing.T) {
	if !heapLimitForEach {
		t.Skip("the original binding's V8 does not tell whose code runs")
	}
	var log bytes.Buffer
	l := newLoop(t, func(c *jsruntime.Config) { c.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	fn := module(t, "token", `
let token;
const get = async () => { await new Promise(r => setTimeout(r, 5)); return "token" };
export default async (msg, ctx) => {
  token ??= get();
  await token;
  console.log(ctx.invocation.id);
  await new Promise(r => setTimeout(r, 1));
  return msg.text();
}`, patiently)
	for n := range 20 {
		require.NoError(t, l.Invoke(fmt.Sprint(n), fn, []byte(fmt.Sprint(n))))
	}
	require.NoError(t, l.Run())
	for n := range 20 {
		require.Equal(t, fmt.Sprint(n), string(l.Results[fmt.Sprint(n)].Body), l.Results[fmt.Sprint(n)].Message)
	}
	lines := linesOf(t, &log)
	require.Len(t, lines, 20)
	for _, line := range lines {
		require.Equal(t, line.Text, line.Invocation)
	}
}

// Code of the module's own belongs to no invocation, also when it goes on in one's turn.
func TestGlobalScopeStaysGlobal(t *testing.T) {
	if !heapLimitForEach {
		t.Skip("the original binding's V8 does not tell whose code runs")
	}
	l := newLoop(t, nil)
	r, err := l.Call(module(t, "f", `
let release, error; const gate = new Promise(r => { release = r });
(async () => { await gate; try { setTimeout(() => {}, 1) } catch (e) { error = e } })();
export default async () => { release(); await null; await null; return String(error) }`, nil), nil)
	require.NoError(t, err)
	require.Contains(t, string(r.Body), "global scope", r.Message)
}
