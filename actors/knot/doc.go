// Package knot decides which of those that wait for one another will never go on. Each node of a
// Graph goes on once as many as it needs of those that it waits for do; one that needs none goes
// on by itself. A call that waits for any of its own calls needs one, a place in an isolate that
// is one over its limit needs two to leave. What cannot go on is doomed: a simple cycle is not
// enough for that, since one of those in it may be waited for beside others that do go on.
//
// Not all that is doomed is to blame: who waits for a ring from outside is doomed, too, and goes on
// when the ring is broken. A knot is what dooms itself: those that wait for one another, and for
// nobody else that is doomed. To release one of a knot is the only way to have it go on.
//
//	var g knot.Graph
//	a, b := g.Add(1), g.Add(1)
//	g.Wait(a, b)
//	g.Wait(b, a)
//	g.Knots()              // one: a and b
//	g.Release(a)           // it goes on by itself
//	g.Knots()              // none
//
// Everything is pure, and takes time and memory by the number of nodes and waits. A Graph belongs to
// one owner.
//
// Not for: who waits for whom, and what is done about it (actors).
package knot
