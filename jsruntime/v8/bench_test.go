package v8

import (
	"cmp"
	"strings"
	"testing"

	"github.com/isolane/isolane/jsruntime/function"
)

const asyncJSON = `async (s) => { const o = JSON.parse(s); o.n++; return JSON.stringify(o) }`

func payloadOf(n int) string {
	return `{"n":1,"pad":"` + strings.Repeat("x", n) + `"}`
}

// BenchmarkWarm compares a warm invocation with the binding's own call of the same
// async function, in one run: the second must be at most twice the first.
func BenchmarkWarm(b *testing.B) {
	for _, size := range []struct {
		name string
		n    int
	}{{"64B", 40}, {"16KiB", 16 << 10}} {
		text := payloadOf(size.n)
		b.Run("binding/"+size.name, func(b *testing.B) {
			b.ReportAllocs()
			iso := bindNewIsolate(uint64(64 * function.MiB))
			defer iso.Dispose()
			ctx := bindNewContext(iso)
			defer ctx.Close()
			v, err := ctx.RunScript("("+asyncJSON+")", "f.js")
			if err != nil {
				b.Fatal(err)
			}
			f, err := v.AsFunction()
			if err != nil {
				b.Fatal(err)
			}
			undefined := bindUndefined(iso)
			for b.Loop() {
				arg, err := bindNewString(iso, text)
				if err != nil {
					b.Fatal(err)
				}
				promise, err := f.Call(undefined, arg)
				if err != nil {
					b.Fatal(err)
				}
				ctx.PerformMicrotaskCheckpoint()
				p, err := promise.AsPromise()
				if err != nil {
					b.Fatal(err)
				}
				result := p.Result()
				if len(result.String()) != len(text) {
					b.Fatal("wrong reply")
				}
				result.Release()
				promise.Release()
				arg.Release()
			}
		})
		b.Run("runtime/"+size.name, func(b *testing.B) {
			b.ReportAllocs()
			l := newLoop(b, nil)
			fn := module(b, "f", `export default async (m) => { const o = JSON.parse(m.text()); o.n++; return JSON.stringify(o) }`, nil)
			inv := &function.Invocation{ID: "x", Function: "f", Subject: "fn.f", Payload: []byte(text), Attempt: 1}
			var got *function.Result
			done := func(r *function.Result) { got = r }
			for b.Loop() {
				got = nil
				if err := l.Runtime.Invoke(inv, fn, done); err != nil {
					b.Fatal(err)
				}
				if got == nil || len(got.Body) != len(text) {
					b.Fatal("wrong reply", got)
				}
			}
		})
	}
}

// BenchmarkRecord compares warm echoes for messages of a stream, in one run: of a function that
// records nothing, of one that keeps failures, and of one that keeps all; without questions to the
// host, and with a time and a random number.
func BenchmarkRecord(b *testing.B) {
	for _, what := range []struct{ name, source string }{
		{"echo", `export default (m) => m.text()`},
		{"asked", `export default (m) => { if (Math.random() > 1 || Date.now() < 0) throw 0; return m.text() }`},
	} {
		for _, record := range []function.Recording{function.RecordNone, function.RecordFailures, function.RecordAll} {
			b.Run(what.name+"/record="+cmp.Or(string(record), "false"), func(b *testing.B) {
				b.ReportAllocs()
				l := newLoop(b, nil)
				fn := module(b, "f", what.source, func(m *function.Manifest) {
					m.Stream, m.Record = &function.Stream{Name: "S"}, record
				})
				inv := &function.Invocation{ID: "x", Function: "f", Subject: "orders.7", Payload: []byte(payloadOf(40)), Attempt: 1, Kept: true}
				var got *function.Result
				done := func(r *function.Result) { got = r }
				for b.Loop() {
					got = nil
					if err := l.Runtime.Invoke(inv, fn, done); err != nil {
						b.Fatal(err)
					}
					if got == nil || len(got.Body) != len(inv.Payload) || (got.Record != nil) != (record == function.RecordAll) {
						b.Fatal("wrong reply", got)
					}
				}
			})
		}
	}
}

// BenchmarkContext compares a call in a fresh context with the binding's bare context
// and call, in one run.
func BenchmarkContext(b *testing.B) {
	text := payloadOf(40)
	b.Run("binding", func(b *testing.B) {
		iso := bindNewIsolate(uint64(64 * function.MiB))
		defer iso.Dispose()
		for b.Loop() {
			ctx := bindNewContext(iso)
			v, err := ctx.RunScript("("+asyncJSON+")", "f.js")
			if err != nil {
				b.Fatal(err)
			}
			f, err := v.AsFunction()
			if err != nil {
				b.Fatal(err)
			}
			arg, err := bindNewString(iso, text)
			if err != nil {
				b.Fatal(err)
			}
			if _, err = f.Call(bindUndefined(iso), arg); err != nil {
				b.Fatal(err)
			}
			arg.Release()
			ctx.Close()
		}
	})
	b.Run("runtime", func(b *testing.B) {
		l := newLoop(b, nil)
		fn := module(b, "f", `export default async (m) => { const o = JSON.parse(m.text()); o.n++; return JSON.stringify(o) }`,
			func(m *function.Manifest) { m.Isolation = function.PerContext })
		inv := &function.Invocation{ID: "x", Function: "f", Subject: "fn.f", Payload: []byte(text), Attempt: 1}
		var got *function.Result
		for b.Loop() {
			got = nil
			if err := l.Runtime.Invoke(inv, fn, func(r *function.Result) { got = r }); err != nil {
				b.Fatal(err)
			}
			if got == nil || got.Outcome != function.OK {
				b.Fatal("wrong reply", got)
			}
		}
	})
}
