package multinode

import (
	"errors"
	"math"
)

// Law is the Universal Scalability Law (Gunther): capacity(n) = Lambda n / (1 + Sigma (n-1) + Kappa n (n-1)).
type Law struct {
	// Lambda is the capacity of one, Sigma what is done one after the other, Kappa what each
	// does for each other.
	Lambda, Sigma, Kappa float64
}

// At is the capacity that the law has for n.
func (l Law) At(n float64) float64 {
	return l.Lambda * n / (1 + l.Sigma*(n-1) + l.Kappa*n*(n-1))
}

var errFit = errors.New("multinode: too few points to fit the law")

// Fit finds the law nearest to measured capacities, by least squares of n/capacity, which
// is linear in the law's coefficients. Sigma and Kappa are not negative: what would be is
// left out. At least two different n are needed for one of them, three for both.
func Fit(ns, capacities []float64) (Law, error) {
	different := map[float64]bool{}
	for i, n := range ns {
		if capacities[i] <= 0 || n <= 0 {
			return Law{}, errFit
		}
		different[n] = true
	}
	best, error2 := Law{}, math.Inf(1)
	// All ways to leave coefficients out; the best of those that are possible counts.
	for _, with := range [][2]bool{{true, true}, {true, false}, {false, true}, {false, false}} {
		terms := []func(n float64) float64{func(float64) float64 { return 1 }}
		if with[0] {
			terms = append(terms, func(n float64) float64 { return n - 1 })
		}
		if with[1] {
			terms = append(terms, func(n float64) float64 { return n * (n - 1) })
		}
		if len(terms) > len(different) {
			continue
		}
		solution, ok := squares(terms, ns, capacities)
		if !ok || solution[0] <= 0 {
			continue
		}
		l, i := Law{Lambda: 1 / solution[0]}, 1
		if with[0] {
			l.Sigma = solution[i] / solution[0]
			i++
		}
		if with[1] {
			l.Kappa = solution[i] / solution[0]
		}
		if l.Sigma < 0 || l.Kappa < 0 {
			continue
		}
		sum := 0.0
		for j, n := range ns {
			d := n/capacities[j] - n/l.At(n)
			sum += d * d
		}
		if sum < error2*(1-1e-9) {
			best, error2 = l, sum
		}
	}
	if math.IsInf(error2, 1) {
		return Law{}, errFit
	}
	return best, nil
}

// squares solves the normal equations of n/capacity over the terms.
func squares(terms []func(float64) float64, ns, capacities []float64) ([]float64, bool) {
	k := len(terms)
	a := make([][]float64, k)
	for i := range a {
		a[i] = make([]float64, k+1)
		for j, n := range ns {
			for l := range k {
				a[i][l] += terms[i](n) * terms[l](n)
			}
			a[i][k] += terms[i](n) * n / capacities[j]
		}
	}
	for i := range k {
		pivot := i
		for j := i + 1; j < k; j++ {
			if math.Abs(a[j][i]) > math.Abs(a[pivot][i]) {
				pivot = j
			}
		}
		if a[i], a[pivot] = a[pivot], a[i]; math.Abs(a[i][i]) < 1e-18 {
			return nil, false
		}
		for j := range k {
			if j == i {
				continue
			}
			factor := a[j][i] / a[i][i]
			for l := i; l <= k; l++ {
				a[j][l] -= factor * a[i][l]
			}
		}
	}
	x := make([]float64, k)
	for i := range x {
		x[i] = a[i][k] / a[i][i]
	}
	return x, true
}
