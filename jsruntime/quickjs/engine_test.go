package quickjs

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/internal/conformance"
)

func newRealm(t *testing.T, call func(op, text string, in []byte) (string, []byte, error)) *realm {
	t.Helper()
	made, err := newEngine().NewIsolate(jsruntime.IsolateConfig{Heap: 32 * function.MiB})
	require.NoError(t, err)
	t.Cleanup(made.Dispose)
	r, err := made.NewRealm(jsruntime.RealmConfig{Config: `{"env":{},"buffers":1}`, Call: call})
	require.NoError(t, err)
	_, err = made.NewRealm(jsruntime.RealmConfig{})
	require.ErrorContains(t, err, "one realm")
	return r.(*realm)
}

// A bundle is compiled once for the process, and what this engine makes of it is kept
// apart from V8's.
func TestBytecodeIsKeptWithTheBundle(t *testing.T) {
	fn := conformance.Module(t, "kept", `const twice = (s) => s + s; export default (m) => twice(m.text())`, nil)
	require.Nil(t, fn.Bundle.Bytecode.Load())
	for range 2 {
		l := conformance.NewLoop(t, underTest(), nil)
		r, err := l.Call(fn, []byte("a"))
		require.NoError(t, err)
		require.Equal(t, "aa", string(r.Body), r.Message)
		require.NotEmpty(t, fn.Bundle.Bytecode.Load())
		require.Nil(t, fn.Bundle.Code.Load())
	}
}

// A fault of the engine, or a panic of the host beneath it, ends the isolate alone.
func TestFaultsEndTheIsolate(t *testing.T) {
	r := newRealm(t, func(string, string, []byte) (string, []byte, error) { panic("the host's") })
	require.NoError(t, r.Load(jsruntime.Script{Source: `({ default: (m) => m.bytes() })`, Origin: "f.js"}))
	err := r.Begin(jsruntime.Start{ID: 1, Kind: jsruntime.PayloadOnDemand, Head: "fn.f\n"})
	require.ErrorIs(t, err, ErrFault)
	require.ErrorIs(t, r.Collect(), ErrFault, "nothing runs in it any more")

	other := newRealm(t, nil)
	err = other.iso.guard(func() error {
		*(*int)(unsafe.Add(nil, 1<<40+8)) = 1 // memory that is nobody's
		return nil
	})
	require.ErrorIs(t, err, ErrFault)
	require.ErrorIs(t, other.Load(jsruntime.Script{Source: "1"}), ErrFault)
	conformance.NewLoop(t, underTest(), nil).ServesHello(t)
}

// Garbage that refers to itself is collected before an isolate is taken to be full.
func TestCyclesAreCollectedBeforeTheLimit(t *testing.T) {
	notUnderRace(t)
	l := conformance.NewLoop(t, underTest(), nil)
	fn := conformance.Module(t, "cycles", `export default () => { for (let i = 0; i < 3e5; i++) { const o = { a: new Array(20).fill(i) }; o.o = o } return "done" }`, func(m *function.Manifest) {
		conformance.Patiently(m)
		m.Limits.Heap = function.MinHeap
	})
	r, err := l.Call(fn, nil)
	require.NoError(t, err)
	require.Equal(t, "done", string(r.Body), r.Message)
}

// A built-in that cannot be interrupted is told of, as V8's is.
func TestStuck(t *testing.T) {
	stuck := make(chan *jsruntime.CondemnedError, 1)
	l := conformance.NewLoop(t, underTest(), func(c *jsruntime.Config) {
		c.Grace = 50 * time.Millisecond
		c.Stuck = func(e *jsruntime.CondemnedError) { stuck <- e }
	})
	// It goes on for seconds, not for ever: the test's process has to end.
	length := 300_000_000
	if underRace {
		length /= 100
	}
	fn := conformance.Module(t, "stuck", fmt.Sprintf(`const a = []; a.length = %d; export default () => String(a.indexOf(1))`, length), func(m *function.Manifest) {
		m.Limits.CPU = 50 * time.Millisecond
	})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = l.Invoke("stuck", fn, nil)
	}()
	select {
	case e := <-stuck:
		require.Equal(t, function.ExceededCPU, e.Outcome)
	case <-time.After(conformance.Patience):
		t.Fatal("nobody was told")
	}
	<-ended
}

func FuzzWellFormed(f *testing.F) {
	for _, s := range []string{"", "a", "\xed\xa0\x80", "x\xed\xbf\xbfy", "\xed\xa0", "\xff", "\xf0\x9f\x98\x80\xed\xa0\xbd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := wellFormed(s)
		require.True(t, utf8.ValidString(got), "%q", got)
		if utf8.ValidString(s) {
			require.Equal(t, s, got)
		}
		require.Len(t, got, len(s))
	})
}

// FuzzBorder sends text and bytes over the border and back.
func FuzzBorder(f *testing.F) {
	f.Add("text", []byte("bytes"))
	f.Add("a\x00b\u2028\U0001f600", []byte{0, 255, 128})
	f.Add(strings.Repeat("é", 100), []byte{})
	f.Fuzz(func(t *testing.T, text string, payload []byte) {
		if !utf8.ValidString(text) {
			return
		}
		r := newRealm(t, func(string, string, []byte) (string, []byte, error) { return "", payload, nil })
		require.NoError(t, r.Load(jsruntime.Script{Source: `({ default: (m) => m.subject === "text" ? m.text() : m.bytes() })`, Origin: "f.js"}))
		for subject, want := range map[string]string{"text": text, "bytes": string(payload)} {
			kind := jsruntime.PayloadText
			if subject == "bytes" {
				kind = jsruntime.PayloadOnDemand
			}
			require.NoError(t, r.Begin(jsruntime.Start{ID: 1, Kind: kind, Text: text, Head: subject + "\n"}))
			record, ok, err := r.Next()
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, want, record.Text+string(record.Bytes))
		}
	})
}
