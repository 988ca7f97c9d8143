// Package shed decides when a function has more calls than can be served, by how long
// they wait, and which are refused then. It is CoDel's idea (RFC 8289) as it suits
// requests: a burst makes a long wait now and then, an overload makes every wait long.
// So a function is overloaded when even the shortest wait of an interval was over the
// target; the length of the queue says nothing.
//
// While it is overloaded a call is refused as it comes where it would wait as long as the
// target, by how fast calls have started lately: at once, so that the caller can go
// elsewhere, and before it costs anything. It is over when none was refused for an
// interval. A call that would wait as long as target and interval together is an overload
// by itself: those behind it will wait longer.
//
// What was queued is served. CoDel drops at the head, but that would tell a caller only
// after he has waited, and the queue is as long as the target soon after. The order stays
// first in, first out for the same reason: last in, first out would only move the waiting
// to those who have waited longest. CoDel drops more and more often, by a square root,
// since TCP slows down when one packet is lost. Callers do not: at twice the capacity half
// of them have to go.
//
//	var s shed.State                         // of one function
//	if s.Refuse(cfg, queued, oldest, now) { ... }    // a call comes
//	s.Started(cfg, waited, behind, now)              // a call's turn has come
//
// It is pure: time is handed in, and must not go backwards. A State belongs to one owner,
// who locks.
//
// Not for: bounding the queue's length and memory (actors, fair.Room), deadlines.
package shed
