package quickjs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/internal/conformance"
	"github.com/isolane/isolane/jsruntime/promote"
	"github.com/isolane/isolane/jsruntime/v8"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// both is a runtime with V8, and this engine beside it.
func both(tb testing.TB, configure func(*jsruntime.Config)) *conformance.Loop {
	tb.Helper()
	heavy := conformance.Engine{New: func() jsruntime.Engine { return v8.NewEngine(v8.Config{WebAPI: webapi.Script()}) }}
	return conformance.NewLoop(tb, heavy, func(c *jsruntime.Config) {
		c.Light = newEngine()
		if configure != nil {
			configure(c)
		}
	})
}

// whereabouts tells its engine, and how often it was called there. computes takes some time.
const whereabouts = `
const engine = globalThis.WeakRef && "captureStackTrace" in Error ? "v8" : "quickjs";
let calls = 0;
export default async (msg) => {
  calls++;
  if (msg.text() === "computes") { const t = Date.now(); while (Date.now() - t < 50); }
  if (msg.text() === "waits") await new Promise(r => setTimeout(r, 20));
  return engine + calls;
}`

func functionOf(tb testing.TB, engine function.Engine, isolation function.Isolation) *bundle.Function {
	tb.Helper()
	return conformance.Module(tb, "where", whereabouts, func(m *function.Manifest) {
		conformance.Patiently(m)
		m.Engine, m.Isolation = engine, isolation
	})
}

func said(t *testing.T, l *conformance.Loop, fn *bundle.Function, payload string) string {
	t.Helper()
	r, err := l.Call(fn, []byte(payload))
	require.NoError(t, err)
	require.Equal(t, function.OK, r.Outcome, r.Message)
	return string(r.Body)
}

func TestEngineOfTheManifest(t *testing.T) {
	l := both(t, nil)
	for _, isolation := range []function.Isolation{function.Warm, function.PerContext, function.PerIsolate} {
		require.Equal(t, "quickjs1", said(t, l, functionOf(t, function.EngineQuickJS, isolation), ""))
		require.Equal(t, "v81", said(t, l, functionOf(t, function.EngineV8, isolation), ""))
	}
	fn := functionOf(t, function.EngineQuickJS, function.Warm)
	require.Equal(t, "quickjs1", said(t, l, fn, ""))
	require.Equal(t, "quickjs2", said(t, l, fn, ""), "it is warm")
}

// A function that computes goes on in V8, with globals that begin anew; the one that does
// not stays.
func TestAutoIsPromoted(t *testing.T) {
	fn := functionOf(t, function.EngineAuto, function.Warm)
	l := both(t, func(c *jsruntime.Config) {
		c.Promote = promote.Policy{Spent: time.Hour, Call: time.Hour, Busy: 100}
	})
	for _, want := range []string{"quickjs1", "quickjs2", "quickjs3"} {
		require.Equal(t, want, said(t, l, fn, ""), "an hour is not over")
	}
	l = both(t, func(c *jsruntime.Config) {
		c.Promote = promote.Policy{Spent: time.Nanosecond, Call: time.Hour, Busy: 100}
	})
	for _, want := range []string{"quickjs1", "v81", "v82"} {
		require.Equal(t, want, said(t, l, fn, ""))
	}
	require.True(t, l.Runtime.Warm(fn.Name, fn.Version))
}

func TestAutoIsPromotedWhereManyCallsWait(t *testing.T) {
	l := both(t, func(c *jsruntime.Config) { c.Promote = promote.Policy{Spent: time.Hour, Call: time.Hour, Busy: 2} })
	fn := functionOf(t, function.EngineAuto, function.Warm)
	for _, id := range []string{"a", "b", "c"} {
		require.NoError(t, l.Invoke(id, fn, []byte("waits")))
	}
	require.NoError(t, l.Run())
	require.Equal(t, "quickjs1", string(l.Results["a"].Body))
	require.Equal(t, "quickjs1", string(l.Results["b"].Body), "an instance of its own: those in use end with their call")
	require.Equal(t, "v81", string(l.Results["c"].Body))
	require.Equal(t, "v82", said(t, l, fn, ""))
}

func TestAutoOfFreshContexts(t *testing.T) {
	l := both(t, func(c *jsruntime.Config) {
		c.Promote = promote.Policy{Spent: time.Hour, Call: time.Millisecond, Busy: 2}
	})
	fn := functionOf(t, function.EngineAuto, function.PerContext)
	require.Equal(t, "quickjs1", said(t, l, fn, "computes"))
	require.Equal(t, "v81", said(t, l, fn, "computes"), "a call takes more than 1 ms")
}

// What the light engine lacks is refused where it was asked for, and runs in V8 where the
// engine is open.
func TestWhatTheEngineLacks(t *testing.T) {
	cfg := jsruntime.DefaultConfig()
	cfg.Light = newEngine()
	heavy := v8.NewEngine(v8.Config{WebAPI: webapi.Script()})
	make := func(source string, engine function.Engine) *bundle.Function {
		return conformance.Module(t, "f", source, func(m *function.Manifest) { m.Engine = engine })
	}
	const uses = `export default () => new Intl.NumberFormat("en").format(1)`
	err := jsruntime.Probe(t.Context(), cfg, heavy, make(uses, function.EngineQuickJS))
	require.ErrorIs(t, err, jsruntime.ErrUnsupported)
	require.ErrorContains(t, err, "names Intl, which that engine does not have: use engine: v8")

	for _, source := range []string{uses, `if (!("captureStackTrace" in Error)) throw new Error("not here"); export default () => "1"`} {
		fn := make(source, function.EngineAuto)
		require.NoError(t, jsruntime.Probe(t.Context(), cfg, heavy, fn))
		require.True(t, fn.Bundle.Pinned())
		require.Equal(t, "1", said(t, both(t, nil), fn, ""))
	}
	err = jsruntime.Probe(t.Context(), cfg, heavy, make(`throw new Error("nowhere"); export default 1`, function.EngineAuto))
	require.ErrorContains(t, err, "nowhere")

	cfg.Light = nil
	err = jsruntime.Probe(t.Context(), cfg, heavy, make(`export default () => 1`, function.EngineQuickJS))
	require.ErrorContains(t, err, "this host has no such engine")
}

// A light instance that is lost costs its own call, and neither the runtime nor a
// neighbour.
func TestLightInstanceDiesAlone(t *testing.T) {
	l := both(t, nil)
	waits := functionOf(t, function.EngineQuickJS, function.Warm)
	require.NoError(t, l.Invoke("waits", waits, []byte("waits")))
	loops := conformance.Module(t, "loops", `export default () => { for(;;); }`, func(m *function.Manifest) { m.Engine = function.EngineQuickJS })
	r, err := l.Call(loops, nil)
	require.NoError(t, err)
	require.Equal(t, function.ExceededCPU, r.Outcome)
	require.Equal(t, "quickjs1", string(l.Results["waits"].Body))
	require.Equal(t, "quickjs2", said(t, l, waits, ""))
	l.ServesHello(t)
}
