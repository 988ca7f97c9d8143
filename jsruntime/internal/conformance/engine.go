package conformance

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
)

// Engine is an engine under test, and how it differs from V8.
type Engine struct {
	// New makes it.
	New func() jsruntime.Engine
	// HeapLimit says that each isolate has a heap limit of its own.
	HeapLimit bool
	// OneLimit says that buffers are counted with the heap.
	OneLimit bool
	// Pinned says that there is neither Intl nor WebAssembly.
	Pinned bool
	// Slow says that what is to end well is given all the time it may need.
	Slow bool
	// Overflow is what a stack that is too deep throws.
	Overflow string
	// Cases are the hostile cases and the ways of tampering that go in another way than
	// V8's, by name.
	Cases map[string]Case
}

// Case is how a hostile case differs.
type Case struct {
	// Skip says why it is not run.
	Skip string
	// Want and Message are what comes of it, where they differ.
	Want    function.Outcome
	Message string
	// Or is another outcome that is right too, where two limits are reached at nearly the same
	// time.
	Or function.Outcome
	// Known says what is wrong with it: see hostile.known.
	Known string
}

// overflowOfV8 is what the cases expect of a stack that is too deep.
const overflowOfV8 = "RangeError: Maximum call stack"

// pinned skips a test of code that e has not got the globals for.
func (e Engine) pinned(t *testing.T, code string) {
	t.Helper()
	if e.Pinned && (strings.Contains(code, "WebAssembly") || strings.Contains(code, "Intl.")) {
		t.Skip("the engine has neither Intl nor WebAssembly")
	}
}

// adapt returns c as it is to go in e.
func (e Engine) adapt(t *testing.T, c hostile) hostile {
	t.Helper()
	e.pinned(t, c.top+c.body)
	if strings.HasPrefix(c.message, overflowOfV8) {
		c.message = e.Overflow
	}
	if c.message == buffersMessage && e.OneLimit {
		c.message = HeapMessage
	}
	if !e.New().Shares() { // the isolate was the function's own
		if c.condemned && c.want == function.OK {
			c.message = ""
		}
		c.condemned = false
	}
	differs := e.Cases[c.name]
	if differs.Skip != "" {
		t.Skip(differs.Skip)
	}
	c.known = differs.Known
	if differs.Or != 0 {
		c.or = differs.Or
	}
	if differs.Want != 0 {
		c.want, c.message = differs.Want, ""
	}
	if differs.Message != "" {
		c.message = differs.Message
	}
	if c.want == function.OK && c.limits == nil && e.Slow {
		c.limits = slowly
	}
	return c
}

// stopped asserts that a call ended at a limit, and cost the runtime its isolate where
// that was shared. The reply may have come before the memory was looked at.
func (e Engine) stopped(t *testing.T, want function.Outcome, r *function.Result, err error) {
	t.Helper()
	require.NotNil(t, r, "%v", err)
	if !e.New().Shares() {
		require.NoError(t, err)
		require.Equal(t, want, r.Outcome, r.Message)
		return
	}
	var condemned *jsruntime.CondemnedError
	require.ErrorAs(t, err, &condemned)
	require.Equal(t, want, condemned.Outcome, "%v", condemned.Cause)
	if r.Outcome != function.OK {
		require.Equal(t, want, r.Outcome)
	}
	var limit *function.LimitError
	require.ErrorAs(t, condemned.Cause, &limit)
}
