// Package verdict says what rounds of figures show: medians with their spread, and
// whether one peer's figure is within a factor of another's. It is pure: no clock, no IO.
//
//	ratio := verdict.Ratio(ours, theirs)   // round by round
//	verdict.Judge(ratio, 1.3)              // met, missed, or open
package verdict
