package conformance

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// EachLimitSaysWhatToDo is a test. Each limit's message says what the limit is, how much was used, and what to do.
func EachLimitSaysWhatToDo(t *testing.T, e Engine) {
	t.Helper()
	if !e.HeapLimit {
		t.Skip("the original binding has no heap limit for one isolate")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 3<<20))
	}))
	defer server.Close()
	client, err := webapi.NewHTTP(webapi.DefaultHTTPConfig())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	const size = `\d+(\.\d+)? [MG]iB`
	for name, c := range map[string]struct {
		body    string
		limits  function.Limits // those that are not zero
		outcome function.Outcome
		message string // a regular expression
	}{
		"cpu":          {`for(;;);`, function.Limits{CPU: SmallCPU}, function.ExceededCPU, `^cpu limit of 50ms reached \(used [\d.]+m?s\): .* raise limits.cpu$`},
		"wall":         {`return new Promise(() => {})`, function.Limits{CPU: SmallWall, Wall: SmallWall}, function.Timeout, `^wall limit of 200ms reached \(used [\d.]+m?s\): .* raise limits.wall`},
		"heap":         {`const k = []; for(;;) k.push(new Array(100).fill(0))`, function.Limits{}, function.ExceededMemory, `^heap limit of 32 MiB reached \(used ` + size + `\): .* raise limits.heap`},
		"heap at once": {`return "\ufb01".repeat(2 ** 22).toUpperCase() + new Array(2 ** 24).fill(0.5)`, function.Limits{}, function.ExceededMemory, `^heap limit of 32 MiB reached \(used ((3\d|[4-9]\d|\d{3}) MiB|[\d.]+ GiB)\): .* raise limits.heap`},
		"buffers":      {`const k = []; for(;;) k.push(new Uint8Array(1 << 20))`, function.Limits{}, function.ExceededMemory, `^buffers limit of 16 MiB reached \(used ` + size + `\): .* raise limits.buffers$`},
		"wasm":         {`const k = []; for(;;) { k.push(new WebAssembly.Memory({ initial: 100 })); const t = Date.now(); while (Date.now() - t < 3); }`, function.Limits{}, function.ExceededMemory, `^buffers limit of 16 MiB reached \(used ` + size + `\): .* raise limits.buffers$`},
		"timers":       {`for(;;) setTimeout(() => {}, 1000)`, function.Limits{Timers: 7}, function.Exception, `^Error: timers limit of 7 reached \(used 7 pending\): .* raise limits.timers$`},
		"subrequests":  {`for(;;) await fetch("` + server.URL + `/a").catch((e) => { if (String(e).includes("limit of 3")) throw e })`, function.Limits{Subrequests: 3}, function.Exception, `^Error: subrequests limit of 3 reached \(used 3\): .* raise limits.subrequests$`},
		"body":         {`await (await fetch("` + server.URL + `/a")).text()`, function.Limits{Buffers: 2 * function.MiB}, function.Exception, `(body|buffers) limit of 2MiB reached \(used .*\): `},
		"stack":        {`const f = () => f() + 1; return f()`, function.Limits{}, function.Exception, `^` + e.Overflow},
	} {
		t.Run(name, func(t *testing.T) {
			e.pinned(t, c.body)
			if e.OneLimit {
				c.message = strings.Replace(c.message, "^buffers limit of 16", "^heap limit of 32", 1)
				c.message = strings.Replace(c.message, "raise limits.buffers$", "raise limits.heap", 1)
			}
			l := NewLoop(t, e, func(cfg *jsruntime.Config) {
				cfg.Limits.Heap, cfg.Limits.Buffers, cfg.HTTP = SmallHeap, SmallBuffers, client
			})
			fn := Module(t, "f", "export default async (msg, ctx) => {"+c.body+"}", func(m *function.Manifest) {
				Patiently(m)
				m.Limits.Heap = SmallHeap
				m.Permissions.Net = []string{"127.0.0.1:*"}
				set(&m.Limits.CPU, c.limits.CPU)
				set(&m.Limits.Wall, c.limits.Wall)
				set(&m.Limits.Buffers, c.limits.Buffers)
				set(&m.Limits.Timers, c.limits.Timers)
				set(&m.Limits.Subrequests, c.limits.Subrequests)
			})
			r, _ := l.Call(fn, nil)
			require.NotNil(t, r)
			require.Equal(t, c.outcome, r.Outcome, r.Message)
			require.Regexp(t, c.message, r.Message)
		})
	}
}

// set changes what is not zero.
func set[T time.Duration | function.Bytes | int](limit *T, to T) {
	if to != 0 {
		*limit = to
	}
}

// EachKindHasAdvice is a test. Every kind of limit has advice of its own.
func EachKindHasAdvice(t *testing.T, _ Engine) {
	t.Helper()
	seen := map[string]bool{}
	for _, kind := range []function.LimitKind{
		function.LimitWall, function.LimitCPU, function.LimitHeap, function.LimitBuffers, function.LimitInflight,
		function.LimitSubrequests, function.LimitTimers, function.LimitBody,
	} {
		e := &function.LimitError{Kind: kind, Limit: "1", Used: "2"}
		require.Equal(t, fmt.Sprintf("%s limit of 1 reached (used 2): %s", kind, e.Advice()), e.Message())
		require.False(t, seen[e.Advice()], kind)
		seen[e.Advice()] = true
	}
}
