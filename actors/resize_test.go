package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestResizeUnderLoadLosesNothing(t *testing.T) {
	l := &lab{script: async}
	p := l.start(t, l.config(1))
	deploy(t, p, fn("f", "v1"))
	stop, stopped := make(chan struct{}), make(chan *tally)
	for range 3 {
		go func() {
			tl := newTally(t)
			for {
				select {
				case <-stop:
					stopped <- tl
					return
				default:
					for range 10 {
						tl.submit(p, call("f"))
					}
					tl.wg.Wait()
				}
			}
		}()
	}
	for _, n := range []int{4, 2, 5, 1, 3, 1, 2} {
		require.NoError(t, p.Resize(within(t, patience), n))
		require.Len(t, p.Stats().Runtimes, n)
		require.EqualValues(t, n, l.alive.Load())
		// The new ones take work.
		made := p.Stats().Accepted
		until(t, p, func(s Stats) bool { return s.Accepted > made+50 })
	}
	close(stop)
	for range 3 {
		seen := (<-stopped).all(p)
		require.Len(t, seen, 1, "%v", seen)
		require.Positive(t, seen[function.OK])
	}
}

func TestShrinkWaitsForWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lab{script: func(r run) error {
			r.f.wg.Go(func() {
				time.Sleep(3 * time.Second) //nolint:forbidigo // the bubble's clock
				r.f.now(func() error {
					r.done(okay())
					return nil
				})
			})
			return nil
		}}
		cfg := l.config(2)
		cfg.Affinity = false // so that both have some
		p := l.start(t, cfg)
		deploy(t, p, fn("f", "v1"))
		tl := newTally(t)
		for range 6 {
			tl.submit(p, call("f"))
			synctest.Wait()
		}
		began := time.Now()
		require.NoError(t, p.Resize(t.Context(), 1))
		require.Equal(t, 3*time.Second, time.Since(began))
		require.Equal(t, map[function.Outcome]int{function.OK: 6}, tl.all(p))
		require.Equal(t, 0, p.Stats().Runtimes[0].ID, "the highest number goes")
		require.EqualValues(t, 1, l.alive.Load())
	})
}

func TestShrinkStopsWhatIsInBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lab{script: echo, fail: func(n int) error {
			if n > 1 {
				return errFactory
			}
			return nil
		}}
		p := l.start(t, l.config(1))
		require.NoError(t, p.Resize(t.Context(), 2))
		time.Sleep(5 * time.Second) //nolint:forbidigo // the bubble's clock
		require.Equal(t, StateBackoff, p.Stats().Runtimes[1].State)
		began := time.Now()
		require.NoError(t, p.Resize(t.Context(), 1))
		require.Zero(t, time.Since(began))
		require.Len(t, p.Stats().Runtimes, 1)
	})
}

func TestResizeRefusesLessThanNone(t *testing.T) {
	l := &lab{script: echo}
	p := l.start(t, l.config(1))
	require.ErrorIs(t, p.Resize(t.Context(), -1), ErrConfig)
}
