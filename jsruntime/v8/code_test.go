package v8

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
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
