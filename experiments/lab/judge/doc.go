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
// A figure is the median of what is left, with its range and an interval that ranks give
// (Interval, Between): it says nothing of how the noise is distributed, and each end has at
// most one chance in forty to be on the wrong side. Few repetitions cannot give that: there
// the interval is their whole range, and Sure says what it is worth.
//
// A condition holds where the whole interval meets it, and fails where no part of it does,
// however wide the interval is: short calls that take 12 to 14 ms here and 34 to 217 ms
// there take at least twice as long there. Where the bound lies within the interval nothing
// is decided, and Needed says how many repetitions might decide it; that is called too noisy
// where the interval is wider than the metric's tolerance besides, which is a part of the
// median, or an absolute width where that is larger. From fewer than MinRepetitions nothing
// follows in any case.
//
//	e := judge.Ratio(judge.Of(hash, t), judge.Of(pull, t))
//	verdict := judge.Condition{Op: judge.AtLeast, Bound: 1.3}.Of(e)
package judge
