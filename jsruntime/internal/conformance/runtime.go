package conformance

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// Replies is a test of every engine.
func Replies(t *testing.T, e Engine) {
	t.Helper()
	l := NewLoop(t, e, nil)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for name, c := range map[string]struct {
		body, in, want string
	}{
		"sync text":     {`export default (m) => "got " + m.text()`, "x", "got x"},
		"async text":    {`export default async (m) => "got " + m.text()`, "é", "got é"},
		"object method": {`export default { tag: "t", async message(m) { return this.tag } }`, "", "t"},
		"json":          {`export default async (m) => ({ hello: m.json().name })`, `{"name":"w"}`, `{"hello":"w"}`},
		"nothing":       {`export default () => {}`, "x", ""},
		"bytes":         {`export default async (m) => m.bytes()`, string(all), string(all)},
		"timer":         {`export default (m) => new Promise(r => setTimeout(() => r("late"), 5))`, "", "late"},
		"subject":       {`export default (m) => m.subject`, "", "fn.f"},
		"invocation":    {`export default (m, c) => c.invocation`, "", `{"id":"call","node":"test","runtime":0,"attempt":1,`},
	} {
		t.Run(name, func(t *testing.T) {
			fn := Module(t, "f", c.body, nil)
			r, err := l.Call(fn, []byte(c.in))
			require.NoError(t, err)
			require.Equal(t, function.OK, r.Outcome, r.Message)
			require.Contains(t, string(r.Body), c.want)
			if c.want == "" || c.in == string(all) {
				require.Equal(t, c.want, string(r.Body))
			}
		})
	}
}

// LimitsCondemn is a test of every engine.
func LimitsCondemn(t *testing.T, e Engine) {
	t.Helper()
	for name, c := range map[string]struct {
		body string
		want function.Outcome
	}{
		"endless loop":           {`export default () => { for(;;); }`, function.ExceededCPU},
		"unrolled loop":          {`export default () => { let a=[]; for(;;) a.push({x: new Array(100).fill(1)}) }`, function.ExceededMemory},
		"endless microtasks":     {`export default () => { function f(){ Promise.resolve().then(f) } f(); return new Promise(()=>{}) }`, function.ExceededCPU},
		"microtasks left behind": {`export default () => { function f(){ Promise.resolve().then(f) } f(); return "reply" }`, function.ExceededCPU},
		"heap by strings":        {`export default () => { let s="x"; const k=[]; for(;;) { s += s.slice(0,1000)+Math.random(); k.push(s.split("")) } }`, function.ExceededMemory},
		"loop while loading":     {`for(;;); export default 1`, function.ExceededCPU},
		"async loop":             {`export default async () => { await null; for(;;); }`, function.ExceededCPU},
		"buffers":                {`export default async () => { globalThis.k=[]; for(let i=0;i<30;i++) { k.push(new Uint8Array(8<<20)); const t=Date.now(); while(Date.now()-t<1); } await null; return "x" }`, function.ExceededMemory},
		"regexp":                 {`export default () => /^(a+)+$/.test("a".repeat(40)+"b")`, function.ExceededCPU},
		"finally":                {`export default () => { try { for(;;); } finally { for(;;); } }`, function.ExceededCPU},
	} {
		t.Run(name, func(t *testing.T) {
			if !e.HeapLimit && c.want == function.ExceededMemory {
				t.Skip("the original binding has no heap limit for one isolate: a full heap aborts the process")
			}
			l := NewLoop(t, e, nil)
			fn := Module(t, "f", c.body, func(m *function.Manifest) {
				if c.want == function.ExceededMemory {
					m.Limits.CPU = Patience
				}
			})
			r, err := l.Call(fn, nil)
			e.stopped(t, c.want, r, err)
		})
	}
}

// DeepRecursionIsAnException is a test of every engine.
func DeepRecursionIsAnException(t *testing.T, e Engine) {
	t.Helper()
	l := NewLoop(t, e, nil)
	r, err := l.Call(Module(t, "deep", `export default () => { const f = () => f() + 1; return f() }`, nil), nil)
	require.NoError(t, err)
	require.Equal(t, function.Exception, r.Outcome)
	require.Contains(t, r.Message, e.Overflow)
	r, err = l.Call(Module(t, "fine", `export default () => "fine"`, nil), nil)
	require.NoError(t, err)
	require.Equal(t, "fine", string(r.Body))
}

// ManyInFlight is a test of every engine.
func ManyInFlight(t *testing.T, e Engine) {
	t.Helper()
	l := NewLoop(t, e, nil)
	fn := Module(t, "f", `export default async (m) => { await new Promise(r => setTimeout(r, 20)); return m.text() }`, nil)
	for n := range 200 {
		require.NoError(t, l.Invoke(fmt.Sprint(n), fn, []byte(fmt.Sprint(n))))
	}
	require.Equal(t, 200, l.Runtime.Inflight())
	require.NoError(t, l.Run())
	for n := range 200 {
		require.Equal(t, fmt.Sprint(n), string(l.Results[fmt.Sprint(n)].Body))
	}
}

// TerminationThatComesBeforeTheEntry is a test. V8 loses a termination that is asked for before a turn has entered the isolate; with
// next to no time to run, that is where most of these fall.
func TerminationThatComesBeforeTheEntry(t *testing.T, e Engine) {
	t.Helper()
	for n := range 60 {
		l := NewLoop(t, e, nil)
		fn := Module(t, "f", `export default () => { for(;;); }`, nil)
		fn.Manifest.Limits.CPU = time.Duration(1+n*n) * time.Microsecond
		r, err := l.Call(fn, nil)
		e.stopped(t, function.ExceededCPU, r, err)
		require.NoError(t, l.Runtime.Close())
	}
}
