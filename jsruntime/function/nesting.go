package function

// MaxDepth is the largest Invocation.Depth that counts: what is deeper has no more room.
const MaxDepth = 256

// Headroom is a limit of calls that are held at once, as it counts for a call that depth
// others wait for, one for another: half of the limit more where it is one, a quarter more
// on top of that where it is two, and so on, one at least for each. It is more for each
// depth up to MaxDepth, and in all no more than twice the limit and MaxDepth.
//
// Who waits for an answer keeps its place. Had calls that others wait for no more room than
// those, a node full of the latter would wait for ever. So at each depth there is room that
// no call of a smaller one takes; the deepest wait for nobody, and end; and then those that
// waited for them do.
func Headroom(limit, depth int) int {
	room := limit
	for d := range min(depth, MaxDepth) {
		room += max(1, limit>>min(d+1, 62))
	}
	return room
}
