package v8

import (
	"slices"
	"testing"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/internal/conformance"
)

// BenchmarkProfile is what a CPU profile costs: the same calls in an isolate that never had one,
// in one that has one now, and in one whose profile has ended. They take turns, each of some
// milliseconds, so that the machine is the same to all; of each the time of a call counts that a
// tenth of the turns was faster than. An op is one turn of each.
func BenchmarkProfile(b *testing.B) {
	const turn = 2 * time.Millisecond
	for _, work := range []struct{ name, code string }{
		{"echo", `export default (m) => m.text()`},
		{"parse", `export default (m) => { const o = JSON.parse('{"n":[1,2,3]}'); o.n.push(4); return JSON.stringify(o) }`},
		{"compute", `const mix = (h, i) => (h ^ i) * 16777619 >>> 0;
const step = (h, i) => mix(mix(h, i), i >> 3);
export default () => { let h = 1; for (let i = 0; i < 2000; i++) h = step(h, i); return String(h) }`},
	} {
		b.Run(work.name, func(b *testing.B) {
			fn := module(b, "f", work.code, nil)
			inv := &function.Invocation{ID: "x", Function: "f", Subject: "fn.f", Payload: []byte("hello"), Attempt: 1}
			done := func(r *function.Result) {
				if r.Outcome != function.OK {
					b.Fatal(r)
				}
			}
			call := func(l *conformance.Loop) {
				if err := l.Runtime.Invoke(inv, fn, done); err != nil {
					b.Fatal(err)
				}
			}
			never, during, after := newLoop(b, nil), newLoop(b, nil), newLoop(b, nil)
			all := []*conformance.Loop{never, during, after}
			warm := func(l *conformance.Loop) {
				for begun := time.Now(); time.Since(begun) < 200*time.Millisecond; {
					call(l)
				}
			}
			for _, l := range all {
				warm(l)
			}
			profile := func(l *conformance.Loop) {
				if err := l.Runtime.StartProfile(time.Millisecond, 1<<20); err != nil {
					b.Fatal(err)
				}
				warm(l)
			}
			profile(after)
			if _, err := after.Runtime.StopProfile(); err != nil {
				b.Fatal(err)
			}
			warm(after)
			profile(during)
			took := make([][]float64, len(all))
			for b.Loop() {
				for i, l := range all {
					calls, begun := 0, time.Now()
					for time.Since(begun) < turn {
						call(l)
						calls++
					}
					took[i] = append(took[i], float64(time.Since(begun))/float64(calls))
				}
			}
			if _, err := during.Runtime.StopProfile(); err != nil {
				b.Fatal(err)
			}
			for i := range took {
				slices.Sort(took[i])
				took[i] = took[i][len(took[i])/10:]
			}
			b.ReportMetric(took[0][0], "ns-never/call")
			b.ReportMetric(took[1][0]/took[0][0], "during/never")
			b.ReportMetric(took[2][0]/took[0][0], "after/never")
		})
	}
}
