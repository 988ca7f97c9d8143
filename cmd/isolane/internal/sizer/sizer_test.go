package sizer

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/actors/autoscale"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is a node that the test plays.
type stage struct {
	mu    sync.Mutex
	delay time.Duration
	total atomic.Bool
	sizes []int
}

func (g *stage) set(delay time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.delay = delay
}

func (g *stage) start(t *testing.T, auto bool) *Sizer {
	t.Helper()
	cfg := Config{Count: 2, Max: 8, Every: 100 * time.Millisecond}
	if auto {
		cfg.Auto = autoscale.DefaultConfig()
		cfg.Auto.Min, cfg.Auto.Max, cfg.Auto.CPUs = 1, 4, 4
	}
	s, err := Start(cfg, Deps{
		Sample: func() autoscale.Sample {
			g.mu.Lock()
			defer g.mu.Unlock()
			return autoscale.Sample{At: time.Now(), Delay: g.delay}
		},
		Apply: func(_ context.Context, n int) error {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.sizes = append(g.sizes, n)
			return nil
		},
		Total: g.total.Load,
	})
	require.NoError(t, err)
	return s
}

// sized waits, and returns what was applied meanwhile.
func (g *stage) sized(d time.Duration) []int {
	time.Sleep(d) //nolint:forbidigo // the bubble's clock
	synctest.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	sizes := g.sizes
	g.sizes = nil
	return sizes
}

func TestByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &stage{}
		s := g.start(t, false)
		defer s.Close()
		require.Empty(t, g.sized(time.Hour), "it has what it is to have")
		before, err := s.Scale(5)
		require.NoError(t, err)
		require.Equal(t, 2, before)
		require.Equal(t, []int{5}, g.sized(time.Millisecond))
		_, err = s.Scale(5)
		require.NoError(t, err)
		require.Empty(t, g.sized(time.Millisecond))
		for _, n := range []int{0, -1, 9} {
			_, err := s.Scale(n)
			var outside *RangeError
			require.ErrorAs(t, err, &outside)
			require.ErrorContains(t, err, "1 to 8")
		}
		_, err = s.Auto()
		require.ErrorIs(t, err, ErrNoBounds)
		n, auto := s.Wanted()
		require.Equal(t, 5, n)
		require.False(t, auto)
	})
}

func TestByLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &stage{}
		s := g.start(t, true)
		defer s.Close()
		g.set(time.Second)
		require.Equal(t, []int{3, 4}, g.sized(5*time.Second))
		_, err := s.Scale(1)
		require.NoError(t, err)
		require.Equal(t, []int{1}, g.sized(5*time.Second), "by hand, it stays")
		_, err = s.Auto()
		require.NoError(t, err)
		require.Equal(t, []int{2, 3, 4}, g.sized(5*time.Second))
		g.set(0)
		require.Equal(t, []int{3, 2, 1}, g.sized(2*time.Minute))
	})
}

// TestATotalGoesBefore: while there is one, nothing is sized here, by hand or by load.
func TestATotalGoesBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &stage{}
		s := g.start(t, true)
		defer s.Close()
		g.total.Store(true)
		g.set(time.Second)
		require.Empty(t, g.sized(time.Minute))
		_, err := s.Scale(3)
		require.ErrorIs(t, err, ErrTotal)
		_, err = s.Auto()
		require.ErrorIs(t, err, ErrTotal)
		g.total.Store(false)
		require.Equal(t, []int{3, 4}, g.sized(5*time.Second))
	})
}

func TestClosed(t *testing.T) {
	s := (&stage{}).start(t, true)
	s.Close()
	s.Close()
	_, err := s.Scale(3)
	require.ErrorIs(t, err, ErrClosed)
	_, err = Start(Config{Auto: autoscale.Config{Min: 3, Max: 1}}, Deps{})
	require.ErrorContains(t, err, "max is 1")
}
