// Package judge decides what repeated measurements say: which of them something
// disturbed, how sure a figure is, and whether a condition holds. It is pure: the same
// input gives the same answer.
//
// # The rule
//
// A repetition is disturbed where the host took more than MaxSteal of the machine's time,
// where the calibration loop took MaxDrift longer or shorter after it than before, or
// where both took MaxSlower longer than the run's median. Disturbed repetitions count for
// nothing, and are counted.
//
// A figure is the median of what is left, with its range and a 95 % confidence interval
// (bootstrap, percentile method; with five repetitions or fewer that is about the range).
// It is noisy where fewer than MinRepetitions are left, or where the interval is wider
// than the metric's tolerance: a part of the median, or an absolute width where that is
// larger. From a noisy figure nothing is concluded.
//
//	e := judge.Of(values, judge.Tolerance{Relative: 0.25})
//	if e.Noisy != "" { ... }
//	verdict := judge.Condition{Op: judge.AtLeast, Bound: 2}.Of(e)
package judge
