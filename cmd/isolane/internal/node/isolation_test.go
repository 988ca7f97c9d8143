package node

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// echoed is what the function under load replies: the message, and the mode that its
// manifest says.
type echoed struct{ Said, Mode string }

// load asks for echoes until it is stopped, and checks each.
type load struct {
	nc     *nats.Conn
	mode   atomic.Pointer[string] // of the latest reply
	served atomic.Int64
	stop   chan struct{}
	wg     sync.WaitGroup
}

// start has n callers ask, each under one id for all of its and the others' calls.
func (l *load) start(t *testing.T, n int) {
	t.Helper()
	for caller := range n {
		l.wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-l.stop:
					return
				default:
				}
				want := fmt.Sprintf("%d of %d", i, caller)
				msg := nats.NewMsg("fn.f")
				msg.Data = []byte(want)
				msg.Header.Set("Isolane-Invocation", "the same")
				reply, err := l.nc.RequestMsg(msg, patience)
				if err != nil {
					t.Errorf("%s: no answer: %v", want, err)
					return
				}
				var got echoed
				if err := json.Unmarshal(reply.Data, &got); err != nil || got.Said != want {
					t.Errorf("%s: got %q %v", want, reply.Data, reply.Header)
					return
				}
				l.mode.Store(&got.Mode)
				l.served.Add(1)
			}
		})
	}
}

// TestIsolationChangesLoseNothing deploys every mode after every other one, under load:
// each call has its own answer, though all have the same id, and none is lost.
func TestIsolationChangesLoseNothing(t *testing.T) {
	modes := map[string]string{
		"warm": "isolation: warm", "context": "isolation: context", "isolate": "isolation: isolate", "dedicated": "dedicated: true",
	}
	// Each ordered pair of different modes stands once in it.
	tour := []string{
		"warm", "context", "warm", "isolate", "warm", "dedicated", "context", "isolate", "context", "dedicated", "isolate", "dedicated", "warm",
	}
	pairs := map[[2]string]bool{}
	for i := range len(tour) - 1 {
		pairs[[2]string{tour[i], tour[i+1]}] = true
	}
	require.Len(t, pairs, len(modes)*(len(modes)-1))

	dir := t.TempDir()
	manifest := func(mode string) map[string]string {
		return map[string]string{"f.yaml": modes[mode] + "\nenv: { MODE: " + mode + " }\nlimits: { wall: 60s, cpu: 60s }\n"}
	}
	save(t, dir, map[string]string{
		"f.js": `export default async (msg, ctx) => {
	await new Promise((r) => setTimeout(r, 1));
	return { Said: msg.text(), Mode: ctx.env.MODE };
}`,
	})
	save(t, dir, manifest(tour[0]))
	n, nc := serveLogged(t, dir, slog.New(slog.DiscardHandler), func(c *config.Config) { c.Runtimes.Count = 2 })
	l := &load{nc: nc, stop: make(chan struct{})}
	l.start(t, 8)
	end := time.Now().Add(3 * patience)
	for _, mode := range tour {
		save(t, dir, manifest(mode))
		for l.mode.Load() == nil || *l.mode.Load() != mode {
			require.False(t, t.Failed())
			require.Less(t, time.Now(), end, "mode %s is not deployed: %+v", mode, n.pool.Stats())
			<-time.After(time.Millisecond)
		}
		for served := l.served.Load(); l.served.Load() < served+50; {
			require.False(t, t.Failed())
			require.Less(t, time.Now(), end, "%+v", n.pool.Stats())
			<-time.After(time.Millisecond)
		}
	}
	close(l.stop)
	l.wg.Wait()
	outcomes := n.pool.Stats().Outcomes
	for outcome, count := range outcomes {
		if outcome != function.OK {
			require.Zero(t, count, outcome)
		}
	}
}
