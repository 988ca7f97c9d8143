package actors

import (
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

const (
	// maxVolley is how many calls of a function a runtime takes at a time at most.
	maxVolley = 16
	// volleyWork is what they may take together, by what such calls cost lately: what waits
	// in a volley cannot go to a runtime that becomes free meanwhile.
	volleyWork = 100 * time.Microsecond
)

// pullMore moves further tickets of the function of first, which was pulled for s, from the
// queue to s: as many as it is the turn of now, have a warm context there, and are cheap. The
// caller holds mu.
func (d *dispatcher) pullMore(s *slot, first *ticket, volley []*ticket, now time.Time) []*ticket {
	fn := first.fn
	if fn.Manifest.Isolation != function.Warm || !s.warm(first) {
		return volley
	}
	room := min(maxVolley, int(volleyWork/max(first.rec.flow.Expected(), 1)))
	for len(volley) < room {
		t := d.queue.find(s, d.cfg.Affinity)
		if t == nil || t.rec != first.rec || t.version() != fn || t.expired(now) {
			break
		}
		d.queue.take(t, s)
		d.begins(t, fn, s, now)
		volley = append(volley, t)
	}
	if n := len(volley); n > 1 {
		d.volleys.Taken++
		d.volleys.Calls += uint64(n)
	}
	return volley
}

// giveBack puts tickets of a volley of s that have not begun where they stood in the queue,
// for whoever is free. It is called before the turn of those that have begun is over.
func (d *dispatcher) giveBack(s *slot, unbegun []*ticket) {
	now := d.clock.Now()
	d.mu.Lock()
	if s.stuck { // everyone was answered, and nothing is in flight in it
		d.mu.Unlock()
		return
	}
	d.volleys.Returned += uint64(len(unbegun))
	var answers []answer
	for _, t := range unbegun {
		s.running.remove(t)
		s.inflight--
		s.function(t.rec).inflight--
		if s.only == nil {
			d.queue.turns.Refund(&t.rec.flow, t.charged)
		}
		if d.cut.Load() {
			continue // it was answered, or is about to be
		}
		t.unstarted()
		t.runs--
		t.runtime = -1
		if t.runs == 0 {
			t.fn = nil
		}
		if held, ok := d.held(t, now); ok {
			answers = append(answers, answer{t, d.quarantined(t.rec.name, held, now)})
			continue
		}
		t.to = nil
		d.assign(t)
		d.queue.putBack(t)
		d.attend(t, now)
	}
	claimed := d.kick()
	d.strand(0, now) // the runtimes that they were queued for may drain by now
	d.mu.Unlock()
	d.wakeAll(claimed)
	d.give(answers)
}
