package folder

import "time"

// debounce decides when changes that follow one another are acted on: when nothing
// has changed for quiet, and at the latest most after the first. It has no clock.
type debounce struct {
	quiet, most time.Duration
	first, last time.Time // zero where nothing waits
}

// add notes a change.
func (d *debounce) add(now time.Time) {
	if d.first.IsZero() {
		d.first = now
	}
	d.last = now
}

// due returns when to act; ok is false where nothing waits.
func (d *debounce) due() (at time.Time, ok bool) {
	if d.first.IsZero() {
		return time.Time{}, false
	}
	quiet, latest := d.last.Add(d.quiet), d.first.Add(d.most)
	if latest.Before(quiet) {
		return latest, true
	}
	return quiet, true
}

// reset forgets the changes: they are acted on now.
func (d *debounce) reset() { d.first, d.last = time.Time{}, time.Time{} }
