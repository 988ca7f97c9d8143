package waits_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/jscost/internal/waits"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEachWaitHasOneAnswer(t *testing.T) {
	const n = 40
	end, quit := io.Pipe()
	urls, held := make(chan string, 1), make(chan error, 1)
	go func() {
		held <- waits.Hold(t.Context(), end, func(url string) error { urls <- url; return nil })
	}()
	for name, cfg := range map[string]waits.Config{
		"timers":  {Kind: waits.Timers, Timer: 3 * time.Second},
		"fetches": {Kind: waits.Fetches, URL: <-urls},
	} {
		t.Run(name, func(t *testing.T) {
			cfg.Invocations, cfg.Runtimes = n, 2
			looked := 0
			cfg.Waiting = func() error { looked++; return nil }
			r, err := waits.Run(t.Context(), cfg)
			require.NoError(t, err)
			require.NoError(t, r.Fault())
			require.Equal(t, map[function.Outcome]int{function.OK: n}, r.Outcomes)
			require.Equal(t, 1, looked)
			require.Positive(t, r.V8Waiting)
			r.Answers++
			require.Error(t, r.Fault())
		})
	}
	require.NoError(t, quit.Close())
	require.NoError(t, <-held)
	_, err := waits.Run(t.Context(), waits.Config{Kind: waits.Fetches, Invocations: 1, Runtimes: 1})
	require.Error(t, err, "no server")
}
