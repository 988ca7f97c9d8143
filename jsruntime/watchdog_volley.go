package jsruntime

import "time"

// rest is a volley whose first turn the watchdog was armed for.
type rest struct {
	volleyer Volleyer
	turns    []*invocation
}

// single makes the turn that runs the last of its volley: nobody may be blamed, or wait,
// for another's. The caller holds mu.
func (w *watchdog) single() {
	if w.rest == nil {
		return
	}
	begun, began := w.rest.volleyer.TakeBack()
	w.culprit = w.rest.turns[begun-1]
	w.began = w.began.Add(began)
	if begun < len(w.rest.turns) {
		w.tookBack = true
		w.unbegun(begun)
	}
	w.rest = nil
}

// disarmAll is disarm for a volley: spent is that of the turn which was looked at, where
// looked says that one was. tookBack says that unbegun was told.
func (w *watchdog) disarmAll() (fired, looked, tookBack bool, spent time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fired, spent = w.end()
	return fired, w.looked, w.tookBack, spent
}
