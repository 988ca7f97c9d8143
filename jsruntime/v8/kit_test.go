package v8

import (
	"bytes"
	"testing"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/internal/conformance"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// The kit of package conformance, for this engine.
const (
	patience       = conformance.Patience
	hostileHeap    = conformance.SmallHeap
	hostileBuffers = conformance.SmallBuffers
)

const noText = "the binding writes what is thrown while loading, and has nothing where that cannot be written"

// underTest is this engine: the cases are written with it.
func underTest() conformance.Engine {
	return conformance.Engine{
		New:       func() jsruntime.Engine { return NewEngine(Config{WebAPI: webapi.Script()}) },
		HeapLimit: heapLimitForEach,
		Overflow:  "RangeError: Maximum call stack size exceeded",
		Cases: map[string]conformance.Case{
			"thrown while loading":                 {Known: noText},
			"a revoked proxy thrown while loading": {Known: noText},
		},
	}
}

func newLoop(tb testing.TB, configure func(*jsruntime.Config)) *conformance.Loop {
	tb.Helper()
	return conformance.NewLoop(tb, underTest(), configure)
}

func newHostileLoop(tb testing.TB) *conformance.Loop {
	tb.Helper()
	return conformance.NewHostileLoop(tb, underTest())
}

func module(tb testing.TB, name, source string, configure func(*function.Manifest)) *bundle.Function {
	tb.Helper()
	return conformance.Module(tb, name, source, configure)
}

func patiently(m *function.Manifest) { conformance.Patiently(m) }

func linesOf(t *testing.T, log *bytes.Buffer) []conformance.Line {
	t.Helper()
	return conformance.LinesOf(t, log)
}
