package judge

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestSure has what the tables of both tests say.
func TestSure(t *testing.T) {
	seq := func(n int, by float64) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = 1 + by*float64(i)
		}
		return values
	}
	for n, c := range map[int]struct{ outside, wrong float64 }{ // of 2^n
		1: {0, 1}, 3: {0, 1}, 4: {0, 1}, 5: {0, 1}, 6: {0, 1}, 8: {0, 1}, 9: {1, 10}, 12: {2, 79}, 15: {3, 576},
	} {
		low, high, sure := Interval(seq(n, 1))
		require.InDelta(t, 1+c.outside, low, 1e-9, n)
		require.InDelta(t, float64(n)-c.outside, high, 1e-9, n)
		require.InDelta(t, 1-c.wrong/math.Pow(2, float64(n)), sure, 1e-12, n)
	}
	for _, c := range []struct {
		n, m, outside int
		sure          float64
	}{{3, 3, 0, 1 - 1.0/20}, {3, 4, 0, 1 - 1.0/35}, {4, 4, 0, 1 - 1.0/70}, {3, 5, 0, 1 - 1.0/56}, {5, 5, 2, 1 - 4.0/252}, {6, 6, 5, 1 - 19.0/924}, {4, 8, 4, 1 - 12.0/495}} {
		a, b := seq(c.n, 0.1), seq(c.m, 1)
		var ratios []float64
		for _, x := range a {
			for _, y := range b {
				ratios = append(ratios, x/y)
			}
		}
		slices.Sort(ratios)
		low, high, sure := Between(a, b)
		require.InDelta(t, ratios[c.outside], low, 1e-12, "%d %d", c.n, c.m)
		require.InDelta(t, ratios[len(ratios)-1-c.outside], high, 1e-12, "%d %d", c.n, c.m)
		require.InDelta(t, c.sure, sure, 1e-12, "%d %d", c.n, c.m)
	}
}

// TestInversionsAreCounted compares with all orders of a few.
func TestInversionsAreCounted(t *testing.T) {
	for n := 1; n <= 4; n++ {
		for m := 1; m <= 5; m++ {
			want := make([]float64, n*m+1)
			all := 0.0
			for set := range 1 << (n + m) { // which places of the sorted n+m the n have
				var at []int
				for i := range n + m {
					if set>>i&1 == 1 {
						at = append(at, i)
					}
				}
				if len(at) != n {
					continue
				}
				u := 0
				for i, place := range at {
					u += place - i
				}
				want[u]++
				all++
			}
			got := inversions(n, m)
			require.Len(t, got, len(want))
			for u := range want {
				require.InDelta(t, want[u]/all, got[u], 1e-12, "%d %d %d", n, m, u)
			}
		}
	}
}

// TestIntervalsCover draws from distributions whose medians are known: no end of an interval is
// wrong more often than it says, but for chance, and some are wrong.
func TestIntervalsCover(t *testing.T) {
	const draws = 2000
	chance := rand.New(rand.NewPCG(3, 4))
	for name, draw := range map[string]func() float64{
		"normal":     func() float64 { return 100 + chance.NormFloat64() },
		"skewed":     func() float64 { return 100 * math.Exp(chance.NormFloat64()) },
		"heavy tail": func() float64 { return 100 * math.Exp(math.Tan(math.Pi*(chance.Float64()-0.5))/10) },
	} {
		values := func(n int) []float64 {
			list := make([]float64, n)
			for i := range list {
				list[i] = draw()
			}
			return list
		}
		for _, n := range []int{3, 4, 5, 6, 9, 15} {
			count := func(what string, truth float64, of func() (low, high, sure float64)) {
				var below, above, sure float64
				for range draws {
					var low, high float64
					low, high, sure = of()
					if truth < low {
						below++
					}
					if truth > high {
						above++
					}
				}
				most := draws*(1-sure) + 4*math.Sqrt(draws*(1-sure)*sure)
				require.LessOrEqual(t, below, most, "%s %s %d", name, what, n)
				require.LessOrEqual(t, above, most, "%s %s %d", name, what, n)
				require.Positive(t, below+above, "%s %s %d", name, what, n) // what always holds says nothing
			}
			count("interval", 100, func() (float64, float64, float64) { return Interval(values(n)) })
			count("between", 1, func() (float64, float64, float64) { return Between(values(n), values(min(n, 5))) })
		}
	}
}

// TestIntervalIsOfValues: bounds are values or ratios of them, hold the median, and do not
// depend on the order or the unit.
func TestIntervalIsOfValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Float64Range(0.1, 1000), 1, 20)
		a, b := list.Draw(t, "a"), list.Draw(t, "b")
		low, high, sure := Interval(a)
		require.Contains(t, a, low)
		require.Contains(t, a, high)
		require.LessOrEqual(t, low, Median(a))
		require.GreaterOrEqual(t, high, Median(a))
		require.True(t, sure >= 0.5 && sure < 1, strconv.FormatFloat(sure, 'g', -1, 64))
		turned := slices.Clone(a)
		slices.Reverse(turned)
		otherLow, otherHigh, _ := Interval(turned)
		require.Equal(t, []float64{low, high}, []float64{otherLow, otherHigh})

		low, high, sure = Between(a, b)
		require.LessOrEqual(t, low, high)
		require.GreaterOrEqual(t, low, slices.Min(a)/slices.Max(b))
		require.LessOrEqual(t, high, slices.Max(a)/slices.Min(b))
		back, front, same := Between(b, a)
		require.InEpsilon(t, low, 1/front, 1e-9, "the other way round it is the inverse")
		require.InEpsilon(t, high, 1/back, 1e-9)
		require.InDelta(t, sure, same, 1e-12)
	})
}
