package verdict

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOf(t *testing.T) {
	require.Equal(t, Spread{}, Of(nil))
	require.Equal(t, Spread{3, 3, 3, 3, 3}, Of([]float64{3}))
	require.Equal(t, Spread{Median: 1.5, Low: 1, High: 2, Least: 1, Most: 2}, Of([]float64{2, 1}))
	require.Equal(t, Spread{Median: 3, Low: 2, High: 4, Least: 1, Most: 9}, Of([]float64{9, 4, 1, 3, 2}))
	require.Equal(t, Spread{Median: 4, Low: 2, High: 6, Least: 1, Most: 7}, Of([]float64{7, 6, 5, 4, 3, 2, 1}))
}

// TestOrder checks on random rounds that a spread is in order, and does not depend on the
// order of the rounds.
func TestOrder(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		rounds := make([]float64, 1+draw.IntN(12))
		for i := range rounds {
			rounds[i] = draw.ExpFloat64()
		}
		s := Of(rounds)
		require.LessOrEqual(t, s.Least, s.Low)
		require.LessOrEqual(t, s.Low, s.Median)
		require.LessOrEqual(t, s.Median, s.High)
		require.LessOrEqual(t, s.High, s.Most)
		draw.Shuffle(len(rounds), func(i, j int) { rounds[i], rounds[j] = rounds[j], rounds[i] })
		require.Equal(t, s, Of(rounds))
		within := 0
		for _, r := range rounds {
			if r <= s.Median {
				within++
			}
		}
		switch Judge(s, s.Median) {
		case Missed:
			t.Fatalf("half of %v are within %g", rounds, s.Median)
		case Met, Open:
			require.GreaterOrEqual(t, 2*within, len(rounds))
		}
	}
}

func TestRatio(t *testing.T) {
	s, err := Ratio([]float64{1, 4, 3}, []float64{2, 2, 3})
	require.NoError(t, err)
	require.Equal(t, Spread{Median: 1, Low: 0.5, High: 2, Least: 0.5, Most: 2}, s)
	for _, of := range [][2][]float64{{nil, nil}, {{1}, {1, 2}}, {{1}, {0}}} {
		_, err := Ratio(of[0], of[1])
		require.ErrorIs(t, err, ErrRounds)
	}
}

func TestJudge(t *testing.T) {
	s := Spread{Median: 1, Low: 0.9, High: 1.1}
	require.Equal(t, Met, Judge(s, 1.1))
	require.Equal(t, Open, Judge(s, 1))
	require.Equal(t, Open, Judge(s, 0.9))
	require.Equal(t, Missed, Judge(s, 0.89))
}
