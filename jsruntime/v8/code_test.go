package v8

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// A bundle is compiled once for the process, by whichever isolate is the first, and its
// code is kept with it.
func TestCodeIsKeptWithTheBundle(t *testing.T) {
	fn := module(t, "kept", `const twice = (s) => s + s; export default (m) => twice(m.text())`, nil)
	require.Nil(t, fn.Bundle.Code.Load(), "before anything ran it")

	engine := NewEngine(Config{WebAPI: webapi.Script()})
	require.NoError(t, jsruntime.Probe(t.Context(), jsruntime.DefaultConfig(), engine, fn))
	code := fn.Bundle.Code.Load()
	require.NotEmpty(t, code)

	for range 2 { // in isolates of other engines
		r, err := newLoop(t, nil).Call(fn, []byte("a"))
		require.NoError(t, err)
		require.Equal(t, "aa", string(r.Body), r.Message)
		require.Same(t, &code[0], &fn.Bundle.Code.Load()[0], "it was compiled again")
	}

	same := module(t, "kept", `const twice = (s) => s + s; export default (m) => twice(m.text())`, nil)
	require.Nil(t, same.Bundle.Code.Load(), "another bundle has its own")
}

// V8 compiles a function when it is first called. Where each call has an isolate of its own,
// the code is kept again after the first turn, once, so that the next begins with that.
func TestCodeHasWhatTheFirstTurnCompiled(t *testing.T) {
	source := `const inner = (s) => { const out = []; for (const c of s) out.push(c, c); return out.join("") };
		export default (m) => inner(m.text())`
	fn := module(t, "ripe", source, perIsolate)
	require.NoError(t, jsruntime.Probe(t.Context(), jsruntime.DefaultConfig(), NewEngine(Config{WebAPI: webapi.Script()}), fn))
	loaded := fn.Bundle.Code.Load()
	require.False(t, fn.Bundle.Code.Ran())

	l := newLoop(t, nil)
	var ran []byte
	for range 3 {
		r, err := l.Call(fn, []byte("ab"))
		require.NoError(t, err)
		require.Equal(t, "aabb", string(r.Body), r.Message)
		require.True(t, fn.Bundle.Code.Ran())
		code := fn.Bundle.Code.Load()
		require.Greater(t, len(code), len(loaded), "the handler's code is not in it")
		if ran != nil {
			require.Same(t, &ran[0], &code[0], "it was kept again")
		}
		ran = code
	}

	thrower := module(t, "unripe", `export default (m) => { for (;;); }`, func(m *function.Manifest) {
		perIsolate(m)
		m.Limits.CPU = 50 * time.Millisecond
	})
	r, err := l.Call(thrower, nil)
	require.NoError(t, err)
	require.Equal(t, function.ExceededCPU, r.Outcome, r.Message)
	require.False(t, thrower.Bundle.Code.Ran(), "the turn did not end well")
}

// Code that V8 does not take is made anew.
func TestCodeThatIsRejected(t *testing.T) {
	fn := module(t, "spoilt", `export default (m) => m.text()`, nil)
	junk := []byte("no code of V8's")
	fn.Bundle.Code.Store(junk)
	r, err := newLoop(t, nil).Call(fn, []byte("a"))
	require.NoError(t, err)
	require.Equal(t, "a", string(r.Body), r.Message)
	require.NotEqual(t, junk, fn.Bundle.Code.Load())
}
