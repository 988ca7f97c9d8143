// Package promote decides which engine runs a function that leaves it open (engine: auto):
// it begins in the light one, which starts in a fraction of the time, and goes on in the
// heavy one, which computes many times faster, once it has computed enough to pay for
// that one's start. The package is pure: Decide is a function of what it is told.
//
//	heavy := promote.Decide(promote.DefaultPolicy(), promote.State{Spent: spent, Light: 1})
package promote
