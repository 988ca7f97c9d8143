// Package replay runs a message again in this process, with the answers of the host that were
// recorded, and reports what happened and where it went another way.
//
//	report, err := replay.Run(ctx, replay.Config{Function: fn, Message: inv, Tape: t})
package replay
