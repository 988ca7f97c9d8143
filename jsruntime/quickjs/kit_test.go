package quickjs

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/internal/conformance"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func newEngine() *Engine { return NewEngine(DefaultConfig()) }

// underTest is this engine, and how it differs from V8.
func underTest() conformance.Engine {
	return conformance.Engine{
		New:       func() jsruntime.Engine { return newEngine() },
		HeapLimit: true, OneLimit: true, Pinned: true, Slow: true,
		Overflow: "InternalError: stack overflow",
		Cases:    differences(),
	}
}

// differences are the cases that go in another way than V8's.
func differences() map[string]conformance.Case {
	const (
		own   = "the engine's own JSON and templates ask what the function has changed: it hurts itself alone"
		fits  = "it is under the one limit of heap and buffers"
		noAPI = "the engine does not have it"
	)
	return map[string]conformance.Case{
		"a power of integers":                                {Want: function.Exception, Message: "RangeError: BigInt is too large"},
		"a split of a long string":                           {Want: function.ExceededMemory, Message: conformance.HeapMessage},
		"a split at each character":                          {Want: function.ExceededMemory, Message: conformance.HeapMessage},
		"fetch flood":                                        {Or: function.ExceededMemory},
		"atomics wait async":                                 {Skip: noAPI},
		"a string that doubles":                              {Message: "InternalError: string too long"},
		"a join that is too long":                            {Skip: "it takes most of a minute, and ends at the heap's limit"},
		"arguments without number":                           {Want: function.ExceededMemory, Message: conformance.HeapMessage},
		"one array buffer":                                   {Skip: fits},
		"resizable":                                          {Skip: fits},
		"prepareStackTrace that loops":                       {Want: function.Exception, Message: "Error: x"},
		"prepareStackTrace that loops in the engine's error": {Want: function.Exception, Message: "TypeError: cannot read property"},
		"deep recursion through getPrototypeOf":              {Want: function.ExceededCPU, Message: "cpu limit of 5s"},
		"deep recursion through eval":                        {Message: "SyntaxError: stack overflow"},
		"deep source":                                        {Message: "SyntaxError: stack overflow"},
		"a deep bound function":                              {Want: function.ExceededMemory, Message: conformance.HeapMessage},
		"weak references":                                    {Want: function.ExceededCPU, Message: "cpu limit of 50ms"}, // finalizers run in the turn
		"a finalization registry over turns":                 {Want: function.ExceededCPU, Message: "cpu limit of 50ms"},
		"regexp statics":                                     {Skip: noAPI},
		"prepareStackTrace":                                  {Skip: noAPI},
		"array indices":                                      {Skip: own},
		"String.prototype.concat":                            {Skip: own},
		"HostSurvivesTampering":                              {Skip: own},
	}
}

// notUnderRace skips what takes many minutes under the race detector, which watches each
// step of the interpreter; "make test" runs it without as well.
func notUnderRace(t *testing.T) {
	t.Helper()
	if underRace {
		t.Skip("it is run without the race detector")
	}
}
