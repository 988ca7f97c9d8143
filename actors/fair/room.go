package fair

// Crowd says who else there is beside a function that wants room.
type Crowd uint8

const (
	// Nobody is that no other function is known: there is no one to leave room for.
	Nobody Crowd = iota
	// Idle is that there are others, and none of them has anything queued.
	Idle
	// Waiting is that others have something queued.
	Waiting
)

// Room returns how many entries a function of this weight may hold of a queue of
// capacity in which used are taken, its own included. It is a dynamic threshold: a
// multiple of what is free, so that the bound falls as the queue fills and there is
// always something left for who comes next. Of an ordinary weight the multiple is one
// where others wait (a half for one function, a third each for two), and three where
// none does (three quarters); four times the weight doubles it. One is granted at least
// while anything is free.
func Room(capacity, used, weight int, crowd Crowd) int {
	free := max(capacity-used, 0)
	if crowd == Nobody {
		return capacity
	}
	if weight <= 0 {
		weight = Ordinary
	}
	// In halves: 1 for a weight of 1, 2 for 4, 4 for 16.
	halves := 1
	for w := 4; w <= weight; w *= 4 {
		halves *= 2
	}
	if crowd == Idle {
		halves *= 3
	}
	return min(max(free*halves/2, min(free, 1)), capacity)
}
