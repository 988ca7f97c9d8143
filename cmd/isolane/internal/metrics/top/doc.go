// Package top bounds how many names a metric has: the busiest have series of their own, and
// all others share one.
//
//	set := top.New(50)
//	set.Begin()
//	for _, fn := range functions {
//		set.Count(fn.Name, counts)     // cumulative, as they stand now
//	}
//	for _, s := range set.End() { ... } // at most 50, and top.Other
//
// What a name counts since the turn before goes to the series that it has in this turn. So
// no series ever goes down, whoever has one of its own from when on; a sum over all of them
// is what was counted; and a series that is gone for good takes nothing away from another.
// Who has a series keeps it until another name is twice as busy.
//
// It is pure, and for one goroutine. Not for gauges.
package top
