// Package shed decides when a function has more calls than can be served, by how long
// they wait, and which are refused then. It is CoDel's idea (RFC 8289) as it suits
// requests: a burst makes a long wait now and then, an overload makes every wait long.
// So a function is overloaded when even the shortest wait of an interval was over the
// target; the length of the queue says nothing.
//
// While it is overloaded a call is refused as it comes where it would wait as long as the
// target, by how fast calls have started lately: at once, so that the caller can go
// elsewhere, and before it costs anything. What was queued before that, and has waited twice the target when
// its turn comes, is refused too (a head drop), so that the backlog of the interval in
// which the overload was noticed is gone in no time. The order stays first in, first out:
// the queue is as long as the target, and last in, first out would only move the waiting
// to those who have waited longest. It is over when none was refused for an interval.
//
// CoDel itself drops more and more often, by a square root, since TCP slows down when one
// packet is lost. Callers do not: at twice the capacity half of them have to go.
//
//	var s shed.State                         // of one function
//	if s.Refuse(cfg, queued, oldest, now) { ... }    // a call comes
//	if s.Drop(cfg, waited, behind, now) { ... }      // a call's turn has come
//
// It is pure: time is handed in, and must not go backwards. A State belongs to one owner,
// who locks.
//
// Not for: bounding the queue's length and memory (actors, fair.Room), deadlines.
package shed
