// Package poison decides what becomes of a message whose isolate was lost while it was there.
//
// An isolate has many messages in it. When it is lost (a limit, a fault of the engine, a turn
// that cannot be stopped), one of them was running: that one is the suspect. The others waited,
// for IO or for their turn, and have no part in it.
//
//	d := poison.Judge(poison.Case{Loss: res.Loss, Kills: noted})
//	switch d.Verdict {
//	case poison.None:      // no isolate was lost, or another rule goes before
//	case poison.Spare:     // run it again at once, as if it had not begun
//	case poison.Suspect:   // note d.Kills before it is run again
//	case poison.Condemn:   // a dead letter, with d.Error: it has ended MaxKills isolates
//	}
//
// Kills are kept with the message, in a note that all members read, and not with a member: so
// they count wherever the message is run.
//
// It is pure: no IO, no clock, no state. Safe for concurrent use.
package poison
