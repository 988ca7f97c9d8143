//go:build !rogchap && unix

package v8_test

import (
	"strings"
	"testing"
)

// echo takes a message, as a function does, or a bare string, so that both sides of a
// pair run the same bundle.
const echo = `export default async (m) => typeof m === "string" ? m : m.text()`

// short and long are the payloads' lengths, in bytes.
const (
	short = 64
	long  = 16 << 10
)

const (
	oursSuffix = "/ours"
	bareSuffix = "/bare"
)

// pair is the same thing done by two sides.
type pair struct {
	name       string
	target     float64 // the most that the ratio should be; 0 for none
	ours, bare func(testing.TB, string) call
	payload    int
}

var pairs = append([]pair{
	{"warm-64B", 1.3, oursWarm, bareWarm, short},
	{"warm-16KiB", 1.3, oursWarm, bareWarm, long},
	{"fresh-context", 1.5, oursContext, bareContext, short},
	{"fresh-isolate", 1.5, oursIsolate, bareIsolate, short},
	// What replacing a lost runtime takes, until its first answer.
	{"fresh-runtime", 0, oursRuntime, bareIsolate, short},
}, kernelPairs()...)

// costCall makes the call of the side that name names.
func costCall(tb testing.TB, name string) call {
	tb.Helper()
	for _, p := range pairs {
		switch payload := strings.Repeat("x", p.payload); name {
		case p.name + oursSuffix:
			return p.ours(tb, payload)
		case p.name + bareSuffix:
			return p.bare(tb, payload)
		}
	}
	tb.Fatalf("no side has the name %q", name)
	return nil
}

// BenchmarkCost tells how many times as much a call through a Runtime costs as one
// that a careful user of the binding would write. The binding's side runs the same
// bundle, compiled once or from a code cache where ours is, on an isolate with the same
// heap limit, in a process that never made an Engine: with V8's own flags and snapshot.
// What a Runtime adds is the web APIs, limits and watchdog, message and context
// objects, errors and outcomes.
func BenchmarkCost(b *testing.B) {
	for _, p := range pairs {
		b.Run(p.name, p.run)
	}
}
