package node

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

const hello = `export default (m: any) => "hello " + m.text()`

func TestHelloOverNATS(t *testing.T) {
	_, nc := serve(t, map[string]string{"hello.ts": hello}, nil)
	require.Equal(t, "hello Ada", string(ask(t, nc, "fn.hello", "Ada").Data))
	require.Equal(t, "hello Ada", string(ask(t, nc, "fn.hello.eu.west", "Ada").Data))
	missing := ask(t, nc, "fn.missing", "")
	require.Equal(t, "404", missing.Header.Get("Nats-Service-Error-Code"))
	require.Equal(t, function.NotFound, outcomeOf(t, missing))
}

func TestPayloadsAndHeadersUnharmed(t *testing.T) {
	_, nc := serve(t, map[string]string{
		"echo.js": `export default (m) => new Response(m.bytes(), { headers: { "X-Back": m.headers.get("x-there") } })`,
	}, nil)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	big := make([]byte, 1<<20)
	for i := range big {
		big[i] = byte(i * 7)
	}
	for name, payload := range map[string][]byte{"every byte": all, "empty": {}, "1 MiB": big} {
		t.Run(name, func(t *testing.T) {
			m, err := nc.RequestMsg(&nats.Msg{Subject: "fn.echo", Data: payload, Header: nats.Header{"X-There": {"v"}}}, patience)
			require.NoError(t, err)
			require.Equal(t, function.OK, outcomeOf(t, m), "%s", m.Header)
			require.Len(t, m.Data, len(payload))
			require.True(t, bytes.Equal(payload, m.Data), "the payload came back changed")
			require.Equal(t, "v", m.Header.Get("X-Back")+m.Header.Get("x-back"))
		})
	}
}

// The node lives through what a function can do, and serves the next call.
func TestHostileFunctions(t *testing.T) {
	_, nc := serve(t, map[string]string{
		"hello.ts":       hello,
		"spin.js":        `export default () => { for (;;); }`,
		"spin.yaml":      "limits: { cpu: 300ms }",
		"fill.js":        `export default () => { const k = []; for (;;) k.push({ x: new Array(100).fill(1) }) }`,
		"fill.yaml":      "limits: { cpu: 20s }",
		"microtask.js":   `export default () => { const f = () => { Promise.resolve().then(f) }; f(); return new Promise(() => {}) }`,
		"microtask.yaml": "limits: { cpu: 300ms }",
		"deep.js":        `export default () => { const f = () => f() + 1; return f() }`,
		"throws.ts":      "interface X { a: number }\n\nexport default (): X => {\n  throw new TypeError(\"no\");\n}",
	}, func(c *config.Config) { c.Runtimes.Count = 1; c.Limits.Heap = 64 * function.MiB })
	for name, want := range map[string]function.Outcome{
		"spin": function.ExceededCPU, "fill": function.ExceededMemory, "microtask": function.ExceededCPU,
		"deep": function.Exception, "throws": function.Exception,
	} {
		t.Run(name, func(t *testing.T) {
			m := ask(t, nc, "fn."+name, "")
			require.Equal(t, want, outcomeOf(t, m), "%v", m.Header)
			require.Equal(t, fmt.Sprint(want.Code()), m.Header.Get("Nats-Service-Error-Code"))
			require.Equal(t, "hello again", string(ask(t, nc, "fn.hello", "again").Data))
		})
	}
	m := ask(t, nc, "fn.throws", "")
	require.Contains(t, m.Header.Get("Nats-Service-Error"), "TypeError: no")
	require.Contains(t, m.Header.Get("Isolane-Location"), "throws.ts:4:")
}

// One runtime serves 200 concurrent invocations that wait for a slow page, while a
// function that computes is answered in between. A runtime that blocked would hold
// one page request at a time; here the server has to see all of them at once before
// it answers any, so that waiting in turn would never end.
func TestConcurrentCalloutsOnOneRuntime(t *testing.T) {
	const calls = 200
	var arrived atomic.Int64
	all, over := make(chan struct{}), make(chan struct{})
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if arrived.Add(1) == calls {
			close(all)
		}
		select {
		case <-all:
		case <-over: // the test has failed
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-r.Context().Done():
		}
		_, _ = fmt.Fprint(w, "page")
	}))
	defer page.Close()
	defer close(over)
	_, nc := serve(t, map[string]string{
		"page.ts":   `export default async (m: any) => (await fetch(m.text())).text()`,
		"page.yaml": "permissions: { net: [\"127.0.0.1:*\"] }",
		"fib.ts":    `const fib = (n: number): number => n < 2 ? n : fib(n - 1) + fib(n - 2); export default (m: any) => fib(m.json())`,
	}, func(c *config.Config) { c.Runtimes.Count, c.Runtimes.ShedTarget = 1, 0 }) // 200 at once are meant to wait

	inbox := nc.NewRespInbox()
	replies, err := nc.SubscribeSync(inbox)
	require.NoError(t, err)
	began := time.Now()
	for range calls / 2 {
		require.NoError(t, nc.PublishRequest("fn.page", inbox, []byte(page.URL)))
	}
	// Half of them wait for the other half, and the runtime computes meanwhile.
	require.Equal(t, "6765", string(ask(t, nc, "fn.fib", "20").Data))
	for range calls / 2 {
		require.NoError(t, nc.PublishRequest("fn.page", inbox, []byte(page.URL)))
	}
	for range calls {
		m, err := replies.NextMsg(patience)
		require.NoError(t, err)
		require.Equal(t, "page", string(m.Data), "%v", m.Header)
	}
	t.Logf("%d invocations that wait 200 ms each, on one runtime: %v; a runtime that blocks would need %v",
		calls, time.Since(began).Round(time.Millisecond), calls*200*time.Millisecond)
}

// An isolate is killed a hundred times under load, by the heap and by the clock, and
// every request gets exactly one outcome.
func TestHundredKillsUnderLoad(t *testing.T) {
	const kills, outstanding = 100, 40
	n, nc := serve(t, map[string]string{
		"work.ts":   `export default async (m: any) => { await new Promise(r => setTimeout(r, 2)); return m.text() }`,
		"spin.js":   `export default () => { for (;;); }`,
		"spin.yaml": "limits: { cpu: 20ms }",
		"spin2.js":  `export default async () => { await null; for (;;); }`, "spin2.yaml": "limits: { cpu: 20ms }",
		"spin3.js": `export default () => { const f = () => { Promise.resolve().then(f) }; f() }`, "spin3.yaml": "limits: { cpu: 20ms }",
		"spin4.js": `export default () => /^(a+)+$/.test("a".repeat(40) + "b")`, "spin4.yaml": "limits: { cpu: 20ms }",
		"spin5.js": `export default () => ({ toJSON() { for (;;); } })`, "spin5.yaml": "limits: { cpu: 20ms }",
		"spin6.js": `export default () => ({ then() { for (;;); } })`, "spin6.yaml": "limits: { cpu: 20ms }",
	}, func(c *config.Config) { c.Runtimes.Count, c.Runtimes.ShedTarget = 4, 0 }) // what dies takes long
	killers := []string{"spin", "spin2", "spin3", "spin4", "spin5", "spin6"}

	inbox := nc.NewRespInbox()
	replies, err := nc.SubscribeSync(inbox + ".*")
	require.NoError(t, err)
	var sent, killed int
	send := func(kind, fn string) {
		require.NoError(t, nc.PublishRequest("fn."+fn, fmt.Sprintf("%s.%s%d", inbox, kind, sent), []byte("x")))
		sent++
	}
	answered := make(map[string]int)
	outcomes := make(map[function.Outcome]int)
	// One killer and 40 calls of work are in flight at any time, until a hundred
	// isolates have died.
	for range outstanding {
		send("work", "work")
	}
	send("kill", killers[0])
	for len(answered) < sent {
		m, err := replies.NextMsg(patience)
		require.NoError(t, err, "%d of %d answered: %v; pool: %+v", len(answered), sent, outcomes, n.pool.Stats())
		answered[m.Subject]++
		outcome := outcomeOf(t, m)
		outcomes[outcome]++
		killer := strings.HasPrefix(m.Subject, inbox+".kill")
		if killer {
			require.Equal(t, function.ExceededCPU, outcome, "%v", m.Header)
			killed++
		} else {
			require.Contains(t, []function.Outcome{function.OK, function.Crashed}, outcome, "%v", m.Header)
		}
		switch {
		case killed == kills: // let what is in flight come back
		case killer:
			send("kill", killers[killed%len(killers)])
		default:
			send("work", "work")
		}
	}
	require.Equal(t, kills, outcomes[function.ExceededCPU])
	require.Positive(t, outcomes[function.OK])
	// Whatever were answered twice would come before the reply to a later request.
	require.Equal(t, "x", string(ask(t, nc, "fn.work", "x").Data))
	pending, _, err := replies.Pending()
	require.NoError(t, err)
	require.Zero(t, pending, "no request is answered twice")
	for subject, times := range answered {
		require.Equal(t, 1, times, subject)
	}
	restarts := uint64(0)
	for _, r := range n.pool.Stats().Runtimes {
		restarts += uint64(r.Restarts)
	}
	require.GreaterOrEqual(t, restarts, uint64(kills))
	t.Logf("%d requests, %d isolates killed: %v", sent, kills, outcomes)
}

// A dedicated function has an isolate of its own, with its own heap, and the shared
// ones keep the node's.
func TestDedicatedHasItsOwnHeap(t *testing.T) {
	const fill = `export default (m) => {
	  const k = []; for (let i = 0; i < m.json(); i++) k.push(new Array(1 << 17).fill(i)); // 1 MiB or half of one
	  return String(k.length)
	}`
	n, nc := serve(t, map[string]string{
		"small.js": fill, "small.yaml": "limits: { cpu: 20s }",
		"big.js": fill, "big.yaml": "dedicated: true\nlimits: { cpu: 20s, heap: 512MiB }",
		"where.js": `export default (m, ctx) => String(ctx.invocation.runtime)`, "where.yaml": "dedicated: true",
	}, func(c *config.Config) { c.Runtimes.Count = 1; c.Limits.Heap = 32 * function.MiB })
	require.Equal(t, function.ExceededMemory, outcomeOf(t, ask(t, nc, "fn.small", "150")))
	require.Equal(t, "150", string(ask(t, nc, "fn.big", "150").Data))
	require.Equal(t, "10001", string(ask(t, nc, "fn.where", "").Data))
	functions := map[string]int{}
	for _, r := range n.pool.Stats().Runtimes {
		functions[r.Function]++
	}
	require.Equal(t, map[string]int{"": 1, "big": 1, "where": 1}, functions)
}
