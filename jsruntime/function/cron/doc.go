// Package cron says when a schedule is due: the times of a cron expression in a time
// zone, and which of them a scheduler has yet to deal with. It is pure: no clock, no IO.
//
//	spec, err := cron.Parse("30 2 * * *", "Europe/Berlin")
//	next := spec.Next(now)
//	due := spec.Newest(last, now, 1) // the newest after last, not after now
//
// It is not a scheduler: it starts nothing, and waits for nothing. The expression is
// read by github.com/robfig/cron; the steps of a time zone are dealt with here, since
// that library leaves a time out which the clocks skip, and has one twice that they
// repeat.
//
// # When the clocks change
//
// A schedule that names its hours follows the clock on the wall: a time which is skipped
// is due at the moment of the change, and one which is repeated is due the first time
// alone. With * for the hours it follows the time that passes: it has the repeated hour
// twice, and nothing in place of the skipped one.
//
// A Spec is immutable and safe for concurrent use.
package cron
