package actors

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestQueuedWorkTimesOutPromptly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lab{script: park}
		cfg := l.config(1)
		cfg.MaxInflight = 1
		p := l.start(t, cfg)
		deploy(t, p, fn("f", "v1", func(m *function.Manifest) { m.Limits.Wall = 10 * time.Second }))
		ask(t, p, call("f")) // takes the only place
		until(t, p, func(s Stats) bool { return s.Queue == 0 })

		began := time.Now()
		after := func(d time.Duration) *function.Invocation {
			inv := call("f")
			inv.Deadline = began.Add(d)
			return inv
		}
		for _, c := range []struct {
			name string
			inv  *function.Invocation
			want time.Duration
		}{
			{"by the function's wall limit", call("f"), 10 * time.Second},
			{"by the caller's deadline", after(3 * time.Second), 3 * time.Second},
			{"an earlier one that came later", after(time.Second), time.Second},
			{"never past the wall limit", after(time.Hour), 10 * time.Second},
		} {
			ch := ask(t, p, c.inv)
			go func() {
				res := <-ch
				if res.Outcome != function.Timeout || time.Since(began) != c.want || res.Receipt.Queued != c.want || res.Receipt.Runtime != -1 {
					t.Errorf("%s: %+v after %s", c.name, res, time.Since(began))
				}
			}()
		}
		synctest.Wait()
		require.Equal(t, 4, p.Stats().Queue)
		time.Sleep(2 * time.Second) //nolint:forbidigo // the bubble's clock
		require.Equal(t, 3, p.Stats().Queue)
		require.Equal(t, 2*time.Second, p.Stats().Oldest)
		time.Sleep(8 * time.Second) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		require.Zero(t, p.Stats().Queue)
		require.Equal(t, 1, p.Stats().Pending)
	})
}

// TestWorkWaitsForRuntimesInBackOff: while no isolate can be made, work waits, until
// one can or its deadline is over.
func TestWorkWaitsForRuntimesInBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		l := &lab{fail: func(int) error {
			if broken.Load() {
				return errFactory
			}
			return nil
		}}
		l.script = func(r run) error {
			if r.inv.Function == "bad" {
				broken.Store(true)
				return condemn(r)
			}
			return echo(r)
		}
		p := l.start(t, l.config(1))
		deploy(t, p, fn("bad", "v1"))
		deploy(t, p, fn("f", "v1"))
		take(t, p, ask(t, p, call("bad")))
		short, long := call("f"), call("f")
		short.Deadline = time.Now().Add(5 * time.Second)
		gone, kept := ask(t, p, short), ask(t, p, long)
		require.Equal(t, function.Timeout, take(t, p, gone).Outcome)
		require.Equal(t, short.Deadline, time.Now())
		require.Equal(t, StateBackoff, p.Stats().Runtimes[0].State)
		require.Contains(t, p.Stats().Runtimes[0].LastLoss, errFactory.Error())
		require.Greater(t, p.Stats().Runtimes[0].Restarts, 8, "it goes on trying")
		require.Less(t, p.Stats().Runtimes[0].Restarts, 25, "with a back-off")
		broken.Store(false)
		require.Equal(t, function.OK, take(t, p, kept).Outcome)
		require.Less(t, time.Since(short.Deadline), 2*time.Second)
	})
}

// TestAnswersComeBeforeTheBackOff: who was in flight does not wait for the restart.
func TestAnswersComeBeforeTheBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lab{script: func(r run) error {
			if r.inv.Function == "bad" {
				return condemn(r)
			}
			return park(r)
		}}
		cfg := l.config(1)
		cfg.Quarantine.Max = 0 // or the losses that it will end come back at once
		p := l.start(t, cfg)
		deploy(t, p, fn("bad", "v1"))
		deploy(t, p, fn("f", "v1"))
		for range 6 {
			parked := ask(t, p, call("f"))
			until(t, p, func(s Stats) bool { return s.Queue == 0 })
			ask(t, p, call("bad"))
			began := time.Now()
			synctest.Wait()
			require.Equal(t, function.Crashed, take(t, p, parked).Outcome)
			require.Zero(t, time.Since(began))
		}
		require.Equal(t, StateBackoff, p.Stats().Runtimes[0].State)
	})
}

// TestLossesThatAreBlamedComeBackAtOnce: what a function takes along that quarantine will stop is
// not made to wait by a back-off, too; without quarantine it is.
func TestLossesThatAreBlamedComeBackAtOnce(t *testing.T) {
	for name, quarantine := range map[string]int{"with quarantine": 12, "without": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &lab{script: func(r run) error {
					if r.inv.Function == "bad" {
						return condemn(r)
					}
					return echo(r)
				}}
				cfg := l.config(1)
				cfg.Quarantine.Max = quarantine
				p := l.start(t, cfg)
				deploy(t, p, fn("bad", "v1"))
				deploy(t, p, fn("f", "v1"))
				began := time.Now()
				for range 12 {
					take(t, p, ask(t, p, call("bad")))
					require.Equal(t, function.OK, take(t, p, ask(t, p, call("f"))).Outcome)
				}
				require.Equal(t, 12, p.Stats().Runtimes[0].Restarts)
				if quarantine == 0 {
					require.Greater(t, time.Since(began), time.Second)
					return
				}
				require.Zero(t, time.Since(began))
				take(t, p, ask(t, p, call("bad")))
				require.Equal(t, function.Overloaded, take(t, p, ask(t, p, call("bad"))).Outcome, "it is quarantined")
			})
		})
	}
}
