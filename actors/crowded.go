package actors

import (
	"fmt"
	"time"

	"github.com/isolane/isolane/actors/fair"
	"github.com/isolane/isolane/actors/shed"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// refusal makes the answer to a call that there is no room for; asked says that a peer was
// asked too, and had none.
type refusal func(asked bool) *function.Result

// crowded returns why t may not be queued here now, or nil: the queue is full, its function
// has its part of it, or its calls wait too long. The caller holds mu.
func (d *dispatcher) crowded(t *ticket, fn *bundle.Function, now time.Time) refusal {
	own, used := t.rec.queued.n, d.queue.len()
	if used >= function.Headroom(d.cfg.Queue, t.inv.Depth) {
		return d.full(t.rec, now)
	}
	if own == 0 || t.patient() {
		return nil
	}
	if room := d.room(t.rec, fn); own >= room {
		d.fullFor.Add(1)
		return d.fullOf(t.rec, own, room, now)
	}
	oldest := now.Sub(t.rec.queued.head.entered)
	if cfg := d.shedding(t.rec, fn); t.rec.shed.Refuse(cfg, own, oldest, now) {
		d.shedAll.Add(1)
		return d.tooLong(t.rec, t.rec.shed.Wait(own, oldest), cfg, now)
	}
	return nil
}

// room is how much of the queue a function may hold now. The caller holds mu.
func (d *dispatcher) room(rec *record, fn *bundle.Function) int {
	crowd := fair.Waiting
	switch others := len(d.queue.records) > 1 || rec.queued.n == 0; {
	case d.registry.size() <= 1:
		crowd = fair.Nobody
	case !others:
		crowd = fair.Idle
	}
	return fair.Room(d.cfg.Queue, d.queue.len(), fn.Manifest.Priority.Weight(), crowd)
}

// shedding is Config.Shed as it counts for a function. The caller holds mu.
func (d *dispatcher) shedding(rec *record, fn *bundle.Function) shed.Config {
	cost := rec.flow.Expected()
	if cost*time.Duration(d.cfg.Shed.Calls) <= d.cfg.Shed.Target {
		return d.cfg.Shed
	}
	runtimes := 0
	for _, s := range d.slots {
		if !s.draining && (s.only == nil) != fn.Manifest.Dedicated && (s.only == nil || s.only == rec) {
			runtimes++
		}
	}
	return d.cfg.Shed.Scaled(cost, runtimes)
}

// waited takes note of how long t has waited, whose turn has come. The caller holds mu.
func (d *dispatcher) waited(t *ticket, fn *bundle.Function, now time.Time) {
	d.waits.Observe(now.Sub(t.entered))
	if d.cfg.Shed.Target > 0 && t.runs == 0 {
		t.rec.shed.Started(d.shedding(t.rec, fn), now.Sub(t.entered), t.rec.queued.n, now)
	}
}

// patient reports whether t is not to be refused for the sake of others: it waits
// elsewhere otherwise, was begun already, or what was begun waits for it.
func (t *ticket) patient() bool { return t.inv.Patient || t.runs > 0 || t.inv.Depth > 0 }

// full says that the queue is, and what can be done.
func (d *dispatcher) full(rec *record, now time.Time) refusal {
	return d.say(rec, now, saidFull, d.retryAfter(rec, now), func(after time.Duration, peers string) string {
		return fmt.Sprintf("the queue of this node is full (%d of %d waiting)%s: send it again in %s; if this lasts, add runtimes or members, or raise runtimes.queue%s",
			d.cfg.Queue, d.cfg.Queue, peers, after, d.because(rec))
	})
}

// fullOf says that a function has its part of the queue.
func (d *dispatcher) fullOf(rec *record, own, room int, now time.Time) refusal {
	used := d.queue.len()
	return d.say(rec, now, saidPart, d.retryAfter(rec, now), func(after time.Duration, peers string) string {
		return fmt.Sprintf("function %s has its part of this node's queue (%d waiting, %d of a queue of %d with %d taken are its part)%s: send it again in %s; if this lasts, add runtimes or members, raise runtimes.queue, or give it priority: high%s",
			rec.name, own, room, d.cfg.Queue, used, peers, after, d.because(rec))
	})
}

// tooLong says that calls of a function wait for longer than they should.
func (d *dispatcher) tooLong(rec *record, wait time.Duration, cfg shed.Config, now time.Time) refusal {
	return d.say(rec, now, saidTooLong, shed.RetryAfter(d.cfg.RetryAfter, wait), func(after time.Duration, peers string) string {
		return fmt.Sprintf("function %s has more calls than can be served: they wait %s, over the target of %s, for %s or longer%s: send it again in %s; if this lasts, add runtimes or members, or raise runtimes.shedTarget%s",
			rec.name, shown(wait), shown(cfg.Target), shown(cfg.Interval), peers, after, d.because(rec))
	})
}

// retryAfter is what a caller of rec is told to wait. The caller holds mu.
func (d *dispatcher) retryAfter(rec *record, now time.Time) time.Duration {
	oldest := time.Duration(0)
	if t := rec.queued.head; t != nil {
		oldest = now.Sub(t.entered)
	}
	return shed.RetryAfter(d.cfg.RetryAfter, rec.shed.Wait(rec.queued.n, oldest))
}

// shown is a duration for a message.
func shown(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
