package judge

import "slices"

// tail is the chance that the truth may have to be beyond one end of an interval.
const tail = 0.025

// Interval bounds the median of what values are drawn from, by their ranks alone, whatever
// the distribution: a median that is below the k-th smallest of n has as many chances as a
// fair coin that falls on one side fewer than k times. It is the narrowest whose each end
// is wrong with a chance of at most 2.5 %. Fewer than six values cannot give that: for them it is
// the range. sure is the chance, at the least, that one end is right: 0.875 of three values, 0.969
// of five. There has to be a value.
func Interval(values []float64) (low, high, sure float64) {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	k, wrong := rank(binomial(n), n)
	return sorted[k], sorted[n-1-k], 1 - wrong
}

// Between bounds the ratio of the medians of what a and b are drawn from, by the ranks of
// all ratios of one of a to one of b, which is the interval that belongs to the test of Mann
// and Whitney. It is exact where both differ by a factor alone, and needs no other
// assumption. sure is as that of Interval: 0.95 of three values and three, where it is the range.
// There have to be values, and those of b have to be positive.
func Between(a, b []float64) (low, high, sure float64) {
	ratios := make([]float64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			ratios = append(ratios, x/y)
		}
	}
	slices.Sort(ratios)
	k, wrong := rank(inversions(len(a), len(b)), len(ratios))
	return ratios[k], ratios[len(ratios)-1-k], 1 - wrong
}

// rank is how many of n sorted values lie outside of the interval at each end, and the chance that
// the truth is beyond one: chances has those of there being 0, 1 and so on of them below it.
func rank(chances []float64, n int) (outside int, wrong float64) {
	wrong = chances[0]
	for 2*(outside+1) < n && wrong+chances[outside+1] <= tail {
		outside++
		wrong += chances[outside]
	}
	return outside, wrong
}

// binomial has the chances that a fair coin falls on one side 0 to n times of n.
func binomial(n int) []float64 {
	chances := []float64{1}
	for range n {
		next := make([]float64, len(chances)+1)
		for i, c := range chances {
			next[i] += c / 2
			next[i+1] += c / 2
		}
		chances = next
	}
	return chances
}

// inversions has the chances that, of n values and m others that are drawn from the same, 0 to
// n*m pairs have the larger one among the n: how Mann's and Whitney's U is distributed. The largest
// of all is one of i with the chance i/(i+j), and then is the larger one in j pairs.
func inversions(n, m int) []float64 {
	row := make([][]float64, m+1) // of i values and each number of the others
	for j := range row {
		row[j] = []float64{1}
	}
	for i := 1; i <= n; i++ {
		next := make([][]float64, m+1)
		next[0] = []float64{1}
		for j := 1; j <= m; j++ {
			chances := make([]float64, i*j+1)
			first := float64(i) / float64(i+j)
			for u, c := range row[j] {
				chances[u+j] += c * first
			}
			for u, c := range next[j-1] {
				chances[u] += c * (1 - first)
			}
			next[j] = chances
		}
		row = next
	}
	return row[m]
}
