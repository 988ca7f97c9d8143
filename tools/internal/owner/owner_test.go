package owner_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/internal/owner"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOwnerDrivesReplacesAndCloses(t *testing.T) {
	engine := owner.NewEngine()
	o, err := owner.Start(owner.Config(0), engine)
	require.NoError(t, err)
	manifest := function.Manifest{Limits: function.Limits{CPU: 100 * time.Millisecond}}
	hello, err := owner.Bundle(t.Context(), "hello", `export default async (m) => { await new Promise((r) => setTimeout(r, 1)); return "hello " + m.text() }`, manifest)
	require.NoError(t, err)
	wait, err := owner.Bundle(t.Context(), "wait", `export default () => new Promise((r) => setTimeout(r, 60_000))`, manifest)
	require.NoError(t, err)
	spin, err := owner.Bundle(t.Context(), "spin", `export default () => { for (;;); }`, manifest)
	require.NoError(t, err)

	r, err := o.Call(t.Context(), owner.Invocation("1", hello, "Ada"), hello)
	require.NoError(t, err)
	require.Equal(t, "hello Ada", string(r.Body), "a timer's event came back")

	innocent := make(chan function.Outcome, 2) // room for an answer too many
	o.Begin(owner.Invocation("2", wait, ""), wait, func(r *function.Result) { innocent <- r.Outcome })
	r, err = o.Call(t.Context(), owner.Invocation("3", spin, ""), spin)
	require.NoError(t, err)
	require.Equal(t, function.ExceededCPU, r.Outcome)
	require.Equal(t, function.Crashed, <-innocent)
	r, err = o.Call(t.Context(), owner.Invocation("4", hello, "Ada"), hello)
	require.NoError(t, err)
	require.Equal(t, function.OK, r.Outcome)
	require.EqualValues(t, 1, o.Lost())
	require.Zero(t, o.Stuck())

	warm := false
	require.NoError(t, o.Ask(t.Context(), func(rt *jsruntime.Runtime) { warm = rt.Warm("hello", hello.Version) }))
	require.True(t, warm)
	pending := make(chan function.Outcome, 2)
	o.Begin(owner.Invocation("5", wait, ""), wait, func(r *function.Result) { pending <- r.Outcome })
	require.NoError(t, o.Close())
	require.Equal(t, function.Canceled, <-pending)
	require.Empty(t, innocent)
	made, disposed := engine.Isolates()
	require.EqualValues(t, 2, made)
	require.EqualValues(t, 2, disposed)
	require.ErrorIs(t, o.Ask(t.Context(), func(*jsruntime.Runtime) {}), jsruntime.ErrClosed)
}
