package stream

import "time"

const (
	// startsAtOnce is a wait before a run that is no wait: a turn of another function.
	startsAtOnce = 10 * time.Millisecond
	// startsLate is a wait that shows that more was taken than can run.
	startsLate = 50 * time.Millisecond
	// firstWindow is what a trigger begins with.
	firstWindow = 8
	// maxWindow bounds it.
	maxWindow = 4096
)

// window is how many messages of a trigger this member has at a time, as in TCP: it
// grows while those that run start at once and all of it is used, and is halved, once
// for each window's worth, when they wait to start. It knows no clock. The zero value
// is a new one.
type window struct {
	// grown is how much more than firstWindow, or less.
	grown int
	// settled counts messages since it was last halved.
	settled int
}

// size is how many there may be: 1 at least.
func (w *window) size() int { return firstWindow + w.grown }

// done takes in that a message ended which had waited so long to start, or was refused,
// while held were there with it.
func (w *window) done(queued time.Duration, refused bool, held int) {
	w.settled++
	size := w.size()
	switch {
	case refused || queued > startsLate:
		if w.settled >= size {
			w.grown, w.settled = max(1, size/2)-firstWindow, 0
		}
	case queued <= startsAtOnce && held >= size && size < maxWindow:
		w.grown++
	}
}
