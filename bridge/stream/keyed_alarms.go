package stream

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// maxFiring bounds the alarms of one function that are due and have not ended.
	maxFiring = 256
	// clockLook is how often the clock is asked while nothing is due: it may be set.
	clockLook = 5 * time.Second
)

// alarms has the alarms of the keys come to their lanes when they are due.
//
// What counts is the record of a key. What is known here are hints, of which none that is near
// may be missing: they come from the answers to turns, and, of what was set under earlier
// epochs or is too far ahead to be kept, from the headers of the records in the bucket. Whether
// an alarm is due is decided in its lane, by its record.
type alarms struct {
	k *keyed
	// began is closed when the epoch has begun.
	began chan struct{}
	once  sync.Once
	// wake has a word for run: there may be something to do.
	wake chan struct{}

	mu     sync.Mutex
	agenda agenda // guarded by mu
	// firing are the alarms that are in their lanes, by key, with what is known of the one that
	// comes after them; guarded by mu.
	firing map[string]*appointment
	// searching says that the bucket is being searched, and searched that it has been;
	// guarded by mu.
	searching, searched bool
}

func newAlarms(k *keyed, most int) *alarms {
	return &alarms{
		k: k, began: make(chan struct{}), wake: make(chan struct{}, 1),
		agenda: newAgenda(most), firing: map[string]*appointment{},
	}
}

// begin says that the epoch has begun.
func (w *alarms) begin() { w.once.Do(func() { close(w.began) }) }

// known is of how many keys it is known when their alarms are due.
func (w *alarms) known() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.agenda.by) + len(w.firing)
}

// saw takes in the alarm of a key, as it was committed, or found; the zero value is none.
func (w *alarms) saw(key string, a Alarm) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, in := w.firing[key]; in {
		w.firing[key] = &appointment{key: key, number: a.Number, due: a.At, at: a.At}
		return
	}
	w.put(appointment{key: key, number: a.Number, due: a.At, at: a.At})
}

// put sets an appointment, unless it is known already, and perhaps waits for another try. The
// caller holds mu.
func (w *alarms) put(a appointment) {
	if a.number == 0 {
		w.agenda.remove(a.key)
		return
	}
	if have := w.agenda.of(a.key); have != nil && have.number == a.number && have.due == a.due {
		return
	}
	w.agenda.put(a)
	w.nudge()
}

// found takes in an alarm that stands in the bucket; what is known of its key is newer.
func (w *alarms) found(key string, a Alarm) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, in := w.firing[key]; in {
		return
	}
	if have := w.agenda.of(key); have != nil && have.number >= a.Number {
		return
	}
	w.put(appointment{key: key, number: a.Number, due: a.At, at: a.At})
}

// again has an alarm that is in its lane come again later, unless another one was set.
func (w *alarms) again(a appointment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if next := w.firing[a.key]; next == nil || next.number == a.number {
		w.firing[a.key] = &a
	}
}

// landed says that the alarm of a key has left its lane.
func (w *alarms) landed(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := w.firing[key]
	delete(w.firing, key)
	if next != nil {
		w.put(*next)
	}
	w.nudge()
}

func (w *alarms) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// run fires what is due, until ctx is done.
func (w *alarms) run(ctx context.Context) {
	select {
	case <-w.began:
	case <-ctx.Done():
		return
	}
	var searching sync.WaitGroup
	defer searching.Wait()
	timer := time.NewTimer(clockLook)
	defer timer.Stop()
	for ctx.Err() == nil {
		now := w.k.c.t.deps.Clock()
		if w.incomplete(now) {
			searching.Go(func() { w.search(ctx) })
		}
		for _, a := range w.due(now) {
			w.k.s.addBehind(w.k.alarmOf(a, now)) //nolint:contextcheck // what it logs belongs to no context
		}
		timer.Reset(w.wait(now))
		select {
		case <-timer.C:
		case <-w.wake:
		case <-ctx.Done():
		}
	}
}

// due takes what is due, as much as there is room for.
func (w *alarms) due(now time.Time) (all []appointment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.firing) < maxFiring {
		a, ok := w.agenda.pop(now)
		if !ok {
			break
		}
		w.firing[a.key] = nil
		all = append(all, a)
	}
	return all
}

// wait is how long there is nothing to do, as far as is known.
func (w *alarms) wait(now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.firing) >= maxFiring {
		return clockLook // landed says when there is room
	}
	next := w.agenda.next()
	if w.searching || next == never {
		return clockLook
	}
	return min(max(time.UnixMilli(next).Sub(now), 0), clockLook)
}

// incomplete reports whether the bucket is to be searched, and takes it that it is.
func (w *alarms) incomplete(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.searching || w.searched && !w.agenda.partial(now) {
		return false
	}
	w.searching, w.searched = true, false
	w.agenda.anew()
	return true
}

// search looks for alarms in the bucket until that succeeds, or ctx is done.
func (w *alarms) search(ctx context.Context) {
	c := w.k.c
	defer w.nudge()
	for {
		began, count := c.t.deps.Clock(), 0
		err := w.read(ctx, &count)
		if err == nil {
			c.log.Debug("the alarms of keys are known", slog.Int("alarms", count), slog.Duration("after", c.t.deps.Clock().Sub(began)))
			w.mu.Lock()
			w.searching, w.searched = false, true
			w.mu.Unlock()
			return
		}
		if ctx.Err() == nil {
			c.counts.faults.Add(1)
			if c.t.lines.Allow() {
				c.log.Warn("the bucket cannot be searched for alarms; those that were set before this member had the keys wait, and it is tried again",
					slog.Any("error", err), slog.Duration("wait", c.t.cfg.Retry))
			}
			pause(ctx, c.t.cfg.Retry)
		}
		if ctx.Err() != nil {
			return
		}
	}
}

func (w *alarms) read(ctx context.Context, count *int) error {
	bucket, err := w.k.c.runner.open(ctx, 1)
	if err != nil {
		return err
	}
	return bucket.Headers(ctx, func(_ string, header map[string][]string) {
		if key, a, ok := readAlarm(header); ok {
			*count++
			w.found(key, a)
		}
	})
}
