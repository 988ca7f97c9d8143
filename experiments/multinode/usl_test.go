package multinode

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestFitFindsTheLaw draws laws, and finds them again from what they say.
func TestFitFindsTheLaw(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		want := Law{Lambda: 10 + 1000*chance.Float64(), Sigma: 0.2 * chance.Float64(), Kappa: 0.01 * chance.Float64()}
		var ns, capacities []float64
		for _, n := range []float64{1, 2, 3, 5, 8} {
			ns, capacities = append(ns, n), append(capacities, want.At(n))
		}
		got, err := Fit(ns, capacities)
		require.NoError(t, err)
		require.InEpsilon(t, want.Lambda, got.Lambda, 1e-6)
		require.InDelta(t, want.Sigma, got.Sigma, 1e-6)
		require.InDelta(t, want.Kappa, got.Kappa, 1e-6)
	}
}

func TestFitKeepsToTheLaw(t *testing.T) {
	// More than linear: the law has no coefficient for it, and says linear.
	l, err := Fit([]float64{1, 3, 5}, []float64{100, 330, 560})
	require.NoError(t, err)
	require.Zero(t, l.Sigma)
	require.Zero(t, l.Kappa)
	require.InDelta(t, 100, l.Lambda, 15)
	// One n is a line through it.
	l, err = Fit([]float64{1, 1}, []float64{100, 100})
	require.NoError(t, err)
	require.InDelta(t, 1000, l.At(10), 1e-6)
	for _, bad := range [][2][]float64{{nil, nil}, {{1}, {0}}, {{0}, {1}}} {
		_, err = Fit(bad[0], bad[1])
		require.ErrorIs(t, err, errFit)
	}
}
