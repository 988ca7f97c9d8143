package actors

import (
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// phase is where a runtime is in its life.
type phase int

const (
	// starting: the isolate is being made for the first time.
	starting phase = iota
	// serving: there is an isolate.
	serving
	// backingOff: the isolate is lost, and the next one not yet made.
	backingOff
	// gone: the actor has stopped.
	gone
)

// slot is what the dispatcher knows of one runtime actor. Fields without a note of
// their own are guarded by dispatcher.mu.
type slot struct {
	id int // constant
	// only is the function that a dedicated runtime serves; nil for a shared one.
	// Constant.
	only *record
	// serves is the newest version of that function which its isolate's limits fit.
	serves *bundle.Function

	// turn is set while the actor is inside its isolate. It is set without the lock
	// and cleared under it.
	turn atomic.Bool
	// woken is set while a wake is on its way to the actor. It is written under the
	// lock and read without.
	woken atomic.Bool

	pid   *actor.PID // constant from the first serving on
	phase phase
	// draining: no new work; the actor stops when nothing is in flight.
	draining bool
	// stuck: the actor is in a turn that cannot be stopped. Another slot of the same
	// number takes its place; what its actor still says is dropped.
	stuck bool
	// said asks the isolate what was said there of messages; nil where there is none.
	said func() map[*function.Invocation][]function.Verdict
	// requests is what the isolate said last of what is waited for there; see
	// Runtime.Requests. It is nil where nobody asks.
	requests map[*function.Invocation][]int
	// gen is the generation of the isolate, from 1.
	gen uint64
	// inflight is Runtime.Inflight after the last turn, and what was handed to it since.
	inflight int
	// most is Config.MaxInflight; 0 where the slot is in no dispatcher: any number.
	most int
	// running are the tickets handed to the isolate and not returned, oldest first.
	running list
	// assigned are the queued tickets that wait for this runtime, oldest first.
	assigned list
	// functions is indexed by record.index and grows on demand.
	functions []slotFunction

	restarts int
	lastLoss string
	lostAt   time.Time

	// attempted is closed when the first isolate was made, or could not be.
	attempted chan struct{}
	// stopped is closed when the actor is gone.
	stopped chan struct{}
}

// slotFunction is what is known of one function in one runtime.
type slotFunction struct {
	inflight int
	// warm is the version that has a context there, or "".
	warm string
}

func newSlot(id int) *slot {
	return &slot{
		id: id, running: list{chain: ordered}, assigned: list{chain: byRuntime},
		attempted: make(chan struct{}), stopped: make(chan struct{}),
	}
}

// function returns the entry of rec, making it where needed.
func (s *slot) function(rec *record) *slotFunction {
	for len(s.functions) <= rec.index {
		s.functions = append(s.functions, slotFunction{})
	}
	return &s.functions[rec.index]
}

// open reports whether the runtime may be given work at all.
func (s *slot) open() bool { return s.phase == serving && !s.draining }

// free reports whether a wake would be acted on at once.
func (s *slot) free() bool { return s.open() && !s.woken.Load() && !s.turn.Load() }

// full reports whether the isolate has as many in flight as it may, but for those that
// others wait for.
func (s *slot) full() bool { return s.most > 0 && s.inflight >= s.most }

// claim marks that a wake is on its way. It fails where the actor entered a turn
// meanwhile: either claim sees the turn, or the actor, which looks at woken after it
// set turn, sees the claim and hands the work on. Invariant: no work waits for a
// turn to end while another runtime is free.
func (s *slot) claim() bool {
	s.woken.Store(true)
	if s.turn.Load() {
		s.woken.Store(false)
		return false
	}
	return true
}

// admits reports whether the ticket's function belongs in this isolate and has room
// in it, as the isolate has. One that was removed has, in each shared one: whoever pulls
// it answers it.
func (s *slot) admits(t *ticket) bool {
	if s.full() && s.inflight >= function.Headroom(s.most, t.inv.Depth) {
		return false
	}
	fn := t.version()
	if fn == nil || !fn.Manifest.Dedicated {
		if s.only != nil {
			return false
		}
	} else if s.only != t.rec {
		return false
	}
	if fn == nil || fn.Manifest.Limits.Inflight <= 0 || t.rec.index >= len(s.functions) {
		return true
	}
	limit := fn.Manifest.Limits.Inflight
	if t.inv.Recursive { // those that wait for it would keep its place
		limit = function.Headroom(limit, t.inv.Depth)
	}
	return s.functions[t.rec.index].inflight < limit
}

// first returns the ticket of rec that is next in this isolate, or nil: the oldest where
// there is room for it, or else of those that others wait for the deepest one, or the deepest
// that the function waits for itself, which may have room where no other one has.
func (s *slot) first(rec *record) *ticket {
	if t := rec.queued.head; t != nil && s.admits(t) {
		return t
	}
	if t := rec.nested.head; t != nil && s.admits(t) {
		return t
	}
	if t := rec.recursive.head; t != nil && s.admits(t) {
		return t
	}
	return nil
}

// warm reports whether the ticket's version has a context in this isolate. What is known
// is the version that ran last: where the calls are split, the isolate keeps both.
func (s *slot) warm(t *ticket) bool {
	if t.rec.index >= len(s.functions) {
		return false
	}
	fn, warm := t.version(), s.functions[t.rec.index].warm
	return fn != nil && fn.Version != "" && (warm == fn.Version || warm != "" && t.rec.split() && t.rec.serves(warm))
}

// empty forgets the isolate.
func (s *slot) empty() {
	s.inflight, s.requests = 0, nil
	clear(s.functions)
	s.running = list{chain: ordered}
}
