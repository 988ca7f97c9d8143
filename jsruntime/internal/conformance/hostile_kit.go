package conformance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// The limits of hostile cases: small, so that reaching them is quick.
const (
	SmallHeap    = 32 * function.MiB
	SmallBuffers = 16 * function.MiB
	SmallCPU     = 50 * time.Millisecond
	SmallWall    = 200 * time.Millisecond
)

// every is all isolation modes; apart leaves out the one that differs from the others
// the least, for cases that take long.
var (
	every = []function.Isolation{function.Warm, function.PerContext, function.PerIsolate}
	apart = []function.Isolation{function.Warm, function.PerIsolate}
)

// hostile is a function that means harm, and what must come of it.
type hostile struct {
	name string
	// top is code of the module's own, and body that of its function (msg, ctx), after
	// a branch that answers "good" to the payload "good".
	top, body string
	modes     []function.Isolation // nil means every
	want      function.Outcome
	// message is part of the result's message; of the reply's body where the outcome is
	// ok, or of the cause where it is ok and the isolate is condemned after it.
	message string
	or      function.Outcome // see Case
	// condemned says that the isolate is lost by it. An isolate of the call's own may
	// be lost without its runtime, so function.PerIsolate is not held to it.
	condemned bool
	// between says that its limit may also be found reached between two turns, where there is
	// nothing to stop: the isolate is condemned or serves on, and either is right. Which it is
	// depends on whether the watchdog wakes before the turn ends that goes over.
	between bool
	// late says that the reply may come before its memory is looked at: then the outcome
	// is ok, and a warm isolate is condemned after it. In the other modes the memory goes
	// with the context.
	late bool
	// broken says that it cannot answer "good" either.
	broken bool
	limits func(*function.Limits)
	// known says why the case does not go as it should. It must be safe all the same:
	// one outcome, and neighbours served. A case that goes right with it fails.
	known string
}

// function makes c's function for a mode.
func (c hostile) function(tb testing.TB, mode function.Isolation) *bundle.Function {
	tb.Helper()
	source := c.top + "\nexport default (msg, ctx) => { if (msg.text() === 'good') return 'good';\n" + c.body + "\n}"
	return Module(tb, "hostile", source, func(m *function.Manifest) {
		m.Isolation = mode
		m.Limits.CPU, m.Limits.Wall = SmallCPU, SmallWall
		m.Limits.Heap, m.Limits.Buffers = SmallHeap, SmallBuffers
		if c.want == function.ExceededCPU || c.message == cpuMessage {
			// On a busy machine 50 ms of CPU may take longer than the wall limit.
			m.Limits.Wall = Patience
		}
		if c.want == function.Timeout { // and not its CPU limit before that
			m.Limits.CPU = SmallWall
		} else if (c.want == function.OK || c.want == function.Exception) && c.message != cpuMessage {
			m.Limits.CPU = time.Second // they need little, but not on a slow machine
		}
		if c.limits != nil {
			c.limits(&m.Limits)
		}
		m.Limits.Wall = max(m.Limits.Wall, m.Limits.CPU)
	})
}

// well is fn with all the time that a well-behaved call may need.
func well(fn *bundle.Function) *bundle.Function {
	same := *fn
	Patiently(&same.Manifest)
	return &same
}

// Patiently is for tests.
func Patiently(m *function.Manifest) { m.Limits.CPU, m.Limits.Wall = Patience, Patience }

// NewHostileLoop is for tests.
func NewHostileLoop(tb testing.TB, e Engine) *Loop {
	tb.Helper()
	return NewLoop(tb, e, func(c *jsruntime.Config) {
		c.Limits.Heap, c.Limits.Buffers = SmallHeap, SmallBuffers
	})
}

// runHostile runs every case in each of its modes.
func runHostile(t *testing.T, e Engine, cases []hostile) {
	t.Helper()
	for _, c := range cases {
		modes := c.modes
		if modes == nil {
			modes = every
		}
		for _, mode := range modes {
			t.Run(c.name+"/"+string(mode), func(t *testing.T) { c.run(t, e, mode) })
		}
	}
}

// run calls c's function once, beside an innocent one that waits, and asserts what
// holds for every case before it looks at what is this one's own.
func (c hostile) run(t *testing.T, e Engine, mode function.Isolation) {
	t.Helper()
	if !e.HeapLimit {
		t.Skip("the original binding has no heap limit for one isolate: a full heap aborts the process")
	}
	c = e.adapt(t, c)
	l := NewHostileLoop(t, e)
	fn := c.function(t, mode)
	waiting := Module(t, "waiting", `export default () => new Promise(r => setTimeout(r, 1, "waited"))`, Patiently)
	require.NoError(t, l.Invoke("waiting", waiting, nil))
	if mode == function.Warm && !c.broken {
		// Its context is warm when it goes bad; in the other modes it is cold.
		require.NoError(t, l.Invoke("before", well(fn), []byte("good")))
		require.Equal(t, "good", string(l.Results["before"].Body), l.Results["before"].Message)
	}
	result, err := l.Call(fn, []byte("bad"))
	require.NotNil(t, result, "no outcome; %v", err)
	require.True(t, result.Outcome.Valid())
	// After a short turn memory is looked at only now and then.
	for again := 0; c.late && mode == function.Warm && err == nil && again < 200; again++ {
		_, err = l.Call(well(fn), []byte("good"))
	}
	text := result.Message + string(result.Body)
	var condemned *jsruntime.CondemnedError
	if err != nil {
		require.ErrorAs(t, err, &condemned)
		require.Equal(t, "hostile", condemned.Function)
		if result.Outcome == function.OK {
			text = condemned.Cause.Error()
		}
		for _, innocent := range l.Runtime.Abandon() {
			innocent.Done(function.Failure(function.Crashed, "beside the culprit"))
		}
		require.NoError(t, l.Runtime.Close())
	}
	if condemned == nil {
		require.Zero(t, l.Runtime.Inflight())
		require.Equal(t, "waited", string(l.Results["waiting"].Body))
		l.ServesHello(t)
		if !c.broken {
			l.Serves(t, well(fn), "good")
		}
	} else {
		require.NotNil(t, l.Results["waiting"], "the innocent one has its outcome")
		NewHostileLoop(t, e).ServesHello(t)
	}

	wrong := c.compare(mode, result, text, condemned)
	if c.known != "" {
		require.NotEmptyf(t, wrong, "it goes right now: take the mark off (%s)", c.known)
		return
	}
	require.Empty(t, wrong)
}

// compare says what is not as c wants it, or "".
func (c hostile) compare(mode function.Isolation, result *function.Result, text string, condemned *jsruntime.CondemnedError) string {
	if c.or != 0 && result.Outcome == c.or {
		c.want, c.message = c.or, ""
	}
	late := c.late && result.Outcome == function.OK
	if late && condemned == nil && mode != function.Warm {
		return ""
	}
	switch {
	case result.Outcome != c.want && !late:
		return fmt.Sprintf("outcome %s, want %s: %.300s", result.Outcome, c.want, text)
	case result.Outcome != function.OK && result.Message == "":
		return fmt.Sprintf("outcome %s without a message", result.Outcome)
	case !strings.Contains(text, c.message):
		return fmt.Sprintf("%.300q lacks %q", text, c.message)
	case (condemned != nil) != c.condemned && (!c.between || condemned != nil) && mode != function.PerIsolate:
		return fmt.Sprintf("condemned: %t, want %t: %.300s", condemned != nil, c.condemned, text)
	}
	return ""
}

// ServesHello asserts that another function is served, twice.
func (l *Loop) ServesHello(t *testing.T) {
	t.Helper()
	hello := Module(t, "hello", `export default async (m) => ({ hello: m.json().name })`, Patiently)
	for range 2 {
		result, err := l.Call(hello, []byte(`{"name":"world"}`))
		require.NoError(t, err)
		require.JSONEq(t, `{"hello":"world"}`, string(result.Body), result.Message)
	}
}

// Serves asserts that fn answers a payload with itself.
func (l *Loop) Serves(t *testing.T, fn *bundle.Function, payload string) {
	t.Helper()
	result, err := l.Call(fn, []byte(payload))
	require.NoError(t, err)
	require.Equal(t, payload, string(result.Body), result.Message)
}
