//go:build !rogchap && unix

package v8_test

import (
	"strings"
	"testing"
)

// echo takes a message, as a function does, or a bare string, so that both sides of a
// pair run the same bundle.
const echo = `export default async (m) => typeof m === "string" ? m : m.text()`

// BenchmarkCost tells how many times as much a call through a Runtime costs as one
// that a careful user of the binding would write, in one run. The binding's side runs
// the same bundle, compiled once or from a code cache where ours is, on an isolate
// with the same heap limit. What a Runtime adds is the web APIs, limits and watchdog,
// message and context objects, errors and outcomes.
func BenchmarkCost(b *testing.B) {
	short := strings.Repeat("x", 64)
	long := strings.Repeat("x", 16<<10)
	for _, c := range []struct {
		name   string
		target float64 // the most that the ratio should be; 0 for none
		// ours is made first: the engine sets V8's flags, for both sides.
		ours, bare func(testing.TB, string) call
		payload    string
	}{
		{"warm-64B", 1.3, oursWarm, bareWarm, short},
		{"warm-16KiB", 1.3, oursWarm, bareWarm, long},
		{"fresh-context", 1.5, oursContext, bareContext, short},
		{"fresh-isolate", 1.5, oursIsolate, bareIsolate, short},
		// What replacing a lost runtime takes, until its first answer.
		{"fresh-runtime", 0, oursRuntime, bareIsolate, short},
	} {
		b.Run(c.name, func(b *testing.B) {
			ours := c.ours(b, c.payload)
			pair{ours: ours, bare: c.bare(b, c.payload), target: c.target}.run(b)
		})
	}
}
