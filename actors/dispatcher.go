package actors

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// dispatcher owns every invocation that has not started, and knows which runtimes
// are free. Its methods are safe for concurrent use and never block on a runtime;
// done and wake are called outside its lock.
//
// Invariant: where a queued ticket could run on a free runtime, a wake is on its way
// to a runtime that is not in a turn.
type dispatcher struct {
	cfg      Config
	clock    Clock
	tracer   span.Tracer
	registry *registry
	pick     pickFunc
	// wake sends a wake to the actor of s, which was claimed.
	wake func(s *slot)
	// look has the actor of s call looked, in its own time.
	look func(s *slot)
	// staff has the supervisor start and stop dedicated runtimes as the registry says.
	staff func()

	counts   counts
	used     used
	accepted atomic.Uint64
	late     atomic.Uint64
	spilled  atomic.Uint64
	requeued atomic.Uint64
	shedAll  atomic.Uint64 // refused for waiting too long
	fullFor  atomic.Uint64 // refused since their function had its part of the queue
	lostAll  atomic.Uint64
	knotted  atomic.Uint64 // refused since they would wait for themselves
	// pending counts the accepted tickets without an answer.
	pending  atomic.Int64
	draining atomic.Bool
	cut      atomic.Bool // what is left was answered canceled; late results are no news

	mu         sync.Mutex
	queue      queue
	slots      []*slot // by id, ascending
	quarantine *quarantine
	turns      int             // choices made, to rotate ties
	candidates []candidate     // reused by choose
	assigned   uint64          // tickets that were given a runtime, for the policy
	away       list            // handed on, or being offered
	asked      map[string]bool // the functions that House was called for
	delay      average         // of what shared runtimes started
	worked     time.Duration   // of shared runtimes, in turns
	waits      latency.Counts  // how long each start was waited for
	volleys    Volleys
	offering   bool // a pass is under way
	offerWait  time.Duration
	offerAt    time.Time // when offerer fires; zero: not armed
	offerer    Timer
	offers     sync.WaitGroup // passes; added to under mu while not closed
	sweeper    Timer
	sweepAt    time.Time // when sweeper fires; zero: not armed
	looker     Timer
	looking    bool          // looker is set
	stuckAll   uint64        // isolates that got stuck, ever
	stuckNow   int           // and those whose turn has not returned
	worn       chan struct{} // closed when those are as many as may be
	closed     bool
	drained    chan struct{} // not nil while a Drain waits; closed when all is done
	closeErrs  []error
}

func newDispatcher(cfg Config, clock Clock) *dispatcher {
	d := &dispatcher{
		cfg: cfg, clock: clock, registry: newRegistry(), pick: pickLeast, quarantine: newQuarantine(cfg.Quarantine),
		away: list{chain: ordered}, asked: map[string]bool{}, worn: make(chan struct{}),
		look: func(*slot) {}, // nobody to ask
	}
	d.queue.pushing, d.queue.loose.chain = cfg.Policy != Pull, byRuntime
	if cfg.Affinity {
		d.pick = pickWarm
	}
	return d
}

// choose claims the free runtime that the policy picks for t; nil where none is
// free. The caller holds mu and sends the wake.
func (d *dispatcher) choose(t *ticket) *slot {
	if d.pushes(t) {
		t.to = nil // of a time before
		if d.assign(t); t.to != nil && t.to.free() && t.to.admits(t) && t.to.claim() {
			return t.to
		}
		return nil
	}
	free := d.candidates[:0]
	for _, s := range d.slots {
		if s.free() && s.admits(t) {
			free = append(free, candidate{slot: s, inflight: s.inflight, warm: s.warm(t)})
		}
	}
	d.candidates = free[:0]
	for len(free) > 0 {
		i := d.pick(free, t.rec.name, d.turns)
		d.turns++
		if s := free[i].slot; s.claim() {
			return s
		}
		free = slices.Delete(free, i, i+1)
	}
	return nil
}

// kick claims every free runtime that could run something queued: of the shared ones, as
// far as there is more queued than wakes on their way to them. The caller holds mu and
// sends the wakes.
func (d *dispatcher) kick() []*slot {
	if d.queue.len() == 0 {
		return nil
	}
	coming := 0
	for _, s := range d.slots {
		if s.only == nil && s.woken.Load() && !s.turn.Load() && s.open() && d.queue.find(s, d.cfg.Affinity) != nil {
			coming++
		}
	}
	var claimed []*slot
	for _, s := range d.slots {
		if s.only == nil && coming >= d.queue.len() {
			continue
		}
		if s.free() && d.queue.find(s, d.cfg.Affinity) != nil && s.claim() {
			claimed = append(claimed, s)
			if s.only == nil {
				coming++
			}
		}
	}
	return claimed
}

// wakeAll sends the wakes that kick claimed.
func (d *dispatcher) wakeAll(claimed []*slot) {
	for _, s := range claimed {
		d.wake(s)
	}
}

// deploy makes fn current; a version that is new lifts the function's quarantine. It
// fails, and changes nothing, where fn asks for an isolate of its own and there is
// none left.
func (d *dispatcher) deploy(fn *bundle.Function) error { return d.release(fn, nil) }

// release is deploy with a second version, unless split is nil.
func (d *dispatcher) release(fn *bundle.Function, split *Split) error {
	if err := split.check(fn); err != nil {
		return err
	}
	now := d.clock.Now()
	d.mu.Lock()
	if err := d.refuseDedicated(fn); err != nil {
		d.mu.Unlock()
		return err
	}
	rec, changed := d.registry.deploy(fn, split, now)
	var answers []answer
	if changed {
		d.quarantine.lift(fn.Name, fn.Version)
		d.house(rec, fn)
		d.queue.place(rec)
		d.reassign(nil)
		answers = d.hold(fn.Name, now) // a version that got a runtime stuck is back
	}
	claimed := d.kick() // the new limits may admit what waited
	d.strand(0, now)
	d.mu.Unlock()
	d.wakeAll(claimed)
	d.give(answers)
	d.staff()
	return nil
}

// remove takes a function away and answers what is queued for it and never started.
func (d *dispatcher) remove(name string) bool {
	now := d.clock.Now()
	d.mu.Lock()
	rec := d.registry.remove(name)
	if rec == nil {
		d.mu.Unlock()
		return false
	}
	d.quarantine.lift(name, "")
	d.house(rec, nil)
	d.queue.place(rec)
	d.reassign(nil)
	answers := d.clear(rec, func(t *ticket) *function.Result {
		switch {
		case t.fn == nil:
			return function.Failure(function.NotFound, notFound(name))
		case t.fn.Manifest.Dedicated: // its isolate goes too
			return function.Failure(function.Crashed, "the isolate died because of another invocation; not run again, since the function was removed meanwhile")
		default:
			return nil
		}
	})
	claimed := d.kick() // what is run again goes on, with the version it had
	d.strand(0, now)
	d.mu.Unlock()
	d.wakeAll(claimed)
	d.give(answers)
	d.staff()
	return true
}

// clear takes out of the queue what is queued for rec and has a result. The caller
// holds mu and gives the answers.
func (d *dispatcher) clear(rec *record, result func(*ticket) *function.Result) []answer {
	var answers []answer
	for t := rec.queued.head; t != nil; {
		next := rec.queued.next(t)
		if res := result(t); res != nil {
			d.queue.remove(t)
			answers = append(answers, answer{t, res})
		}
		t = next
	}
	return answers
}
