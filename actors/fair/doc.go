// Package fair divides the time of a node's runtimes between functions: whose call is
// started next, and how much of a queue one function may hold. It is start-time fair
// queueing: each function has a start time on a virtual clock, which its cost moves on,
// the more the smaller its weight; the one with the earliest start is next. What a call
// costs is known only afterwards, so it is charged what such calls cost lately, and
// corrected when its turn is over. A function that had nothing to do begins at the
// clock: idling saves nothing up.
//
// While several functions have work, the shares that they get are as their weights,
// whatever their calls cost and however many of them wait (Schedule). A queue is not
// filled by one function alone (Room).
//
//	var s fair.Schedule[*record]
//	s.Enter(&rec.flow)               it has work
//	for f := s.First(); f != nil; f = s.Next() { ... }
//	expected := s.Serve(&rec.flow)   one of its calls starts
//	s.Settle(&rec.flow, expected, spent)
//	s.Leave(&rec.flow)               it has none left
//
// Everything is pure: no clock, no lock, no allocation once the heap has grown. A
// Schedule and its Flows belong to one owner, who locks. Enter, Leave, Serve and Settle
// take O(log n) for n functions with work.
//
// Not for: which runtime takes a call, and the order of one function's calls (actors).
package fair
