package actors

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// sim drives a dispatcher without actors: one step at a time, in random order, with
// the wakes kept until the simulation delivers them. It is the supervisor too: it
// starts, stops and replaces runtimes when it comes to it, which may be late.
type sim struct {
	t     *testing.T
	rng   *rand.Rand
	d     *dispatcher
	slots []*slot
	// tokens are the wakes on their way; at most one for each slot.
	tokens map[*slot]int
	// turn is what a slot's turn is about: nil for an event's.
	turn map[*slot][]*ticket
	// lost are the slots that are stuck, with the ticket of their endless turn, until
	// that returns; orphans those of them that have not been replaced.
	lost     map[*slot]*ticket
	orphans  []*slot
	asked    int
	answered map[string]int
	stuck    int
	most     int // dedicated runtimes at a time
	clock    *simClock
	hopped   map[string]bool
	// away are the answers that a peer owes; room is whether it takes any more.
	away                   []func(*function.Result)
	room                   bool
	consulted, handed, own int
	volleys                int // of more than one
}

func newSim(t *testing.T, seed uint64) *sim {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 2))
	cfg := DefaultConfig()
	cfg.Queue, cfg.MaxInflight, cfg.Affinity = 30, 1+rng.IntN(8), rng.IntN(2) == 0
	cfg.Quarantine.Max, cfg.MaxDedicated, cfg.Shed.Target = 0, 2, 0
	if rng.IntN(2) == 0 {
		cfg.Policy = Policy(rng.IntN(4)) //nolint:gosec // under 4
	}
	s := &sim{
		t: t, rng: rng, tokens: map[*slot]int{}, turn: map[*slot][]*ticket{},
		lost: map[*slot]*ticket{}, answered: map[string]int{}, hopped: map[string]bool{}, clock: &simClock{}, room: true,
	}
	if rng.IntN(2) == 0 {
		cfg.Overflow, cfg.SpillAt = s.overflow, rng.IntN(30)
		cfg.Dedicated = Dedication(rng.IntN(2))
		cfg.Elsewhere = func(name string, inv *function.Invocation, done func(*function.Result)) bool {
			if name != inv.Function || s.d.cfg.Dedicated == DedicatedHere {
				t.Fatalf("%s went elsewhere as %s", inv.Function, name)
			}
			return s.overflow(inv, done)
		}
	}
	s.d = newDispatcher(cfg, s.clock)
	s.d.wake = func(sl *slot) { s.tokens[sl]++ }
	s.d.staff = func() {}
	for i := range 4 {
		s.deploy(i)
	}
	for id := range 1 + rng.IntN(4) {
		sl := newSlot(id)
		s.slots = append(s.slots, sl)
		s.d.add(sl)
		s.restart(sl)
	}
	return s
}

// deploy deploys a version that may be dedicated, with one of two heaps.
func (s *sim) deploy(i int) {
	err := s.d.deploy(fn(fmt.Sprintf("f%d", i), fmt.Sprint(s.rng.IntN(100)), inflight(1+s.rng.IntN(3)), func(m *function.Manifest) {
		m.Idempotent = i%2 == 0
		m.Dedicated = s.rng.IntN(2) == 0
		m.Limits.Heap = function.Bytes(1+s.rng.IntN(2)) * function.GiB
	}))
	if _, refused := errors.AsType[*DedicatedError](err); err != nil && !refused {
		s.t.Fatal(err)
	}
}

func (s *sim) restart(sl *slot) {
	s.d.begin(sl)
	if s.d.ready(sl, nil, nil) == goOn {
		s.tokens[sl]++
	}
}

func (s *sim) submit() {
	id := fmt.Sprint(s.asked)
	s.asked++
	inv := call(fmt.Sprintf("f%d", s.rng.IntN(4)))
	inv.ID = id
	if s.rng.IntN(3) == 0 {
		inv.Depth, inv.Recursive = 1+s.rng.IntN(4), s.rng.IntN(2) == 0
	}
	s.hopped[id] = s.rng.IntN(4) == 0
	want, before := !s.hopped[id] && s.mustConsult(inv), s.consulted
	s.d.submit(inv, func(res *function.Result) {
		s.answered[id]++
		if res.Receipt.Node == "n2" {
			s.handed--
		}
	}, s.hopped[id])
	if got := s.consulted - before; got > 1 || (s.d.cfg.Policy == Pull && (got == 1) != want) { // else it is not known which runtime it was given
		s.t.Fatalf("a peer was asked %d times for %s, want %t", got, inv.Function, want)
	}
}

// supervise does what the supervisor has been told, now or later.
func (s *sim) supervise() {
	if s.rng.IntN(4) > 0 {
		return
	}
	for _, old := range s.orphans {
		if next := s.d.succeed(old); next != nil {
			s.slots = append(s.slots, next)
		}
	}
	s.orphans = nil
	s.slots = append(s.slots, s.d.hire()...)
	dedicated := 0
	for _, sl := range s.slots {
		if sl.only != nil {
			dedicated++
		}
	}
	s.most = max(s.most, dedicated)
}

// advance does one thing that the actor of a runtime might do next.
func (s *sim) advance() {
	s.supervise()
	if s.rng.IntN(4) == 0 {
		s.cluster()
		return
	}
	if len(s.lost) > 0 && s.rng.IntN(10) == 0 {
		s.comeBack()
		return
	}
	if len(s.slots) == 0 {
		return
	}
	sl := s.slots[s.rng.IntN(len(s.slots))]
	_, inTurn := s.turn[sl]
	switch {
	case inTurn:
		s.finish(sl)
	case sl.draining && sl.running.n == 0:
		s.stop(sl)
	case sl.phase != serving:
		s.restart(sl)
	case s.tokens[sl] > 0 && (sl.running.n == 0 || s.rng.IntN(2) == 0):
		s.tokens[sl]--
		volley, version := s.d.next(sl, nil)
		for _, t := range volley {
			s.belongs(t, version, sl)
		}
		if len(volley) > 0 {
			s.turn[sl] = volley
		}
		if len(volley) > 1 {
			s.volleys++
		}
	case sl.running.n > 0:
		s.d.enter(sl)
		s.turn[sl] = nil
	}
}

// belongs checks that a dedicated function runs in its own isolate, with its limits,
// and no other function there.
func (s *sim) belongs(t *ticket, version *bundle.Function, sl *slot) {
	switch {
	case !version.Manifest.Dedicated && sl.only == nil:
	case version.Manifest.Dedicated && sl.only == t.rec && sameIsolates(version, sl.serves):
	default:
		s.t.Fatalf("%s %+v runs in runtime %d, of %q", t.rec.name, version.Manifest, sl.id, sl.onlyName())
	}
}

func (s *sim) stop(sl *slot) {
	if s.d.leave(sl, &report{}) != finish {
		s.t.Fatalf("runtime %d has drained and does not stop", sl.id)
	}
	s.take(sl)
	s.d.forget(sl, nil)
}

// take takes sl out of the simulation.
func (s *sim) take(sl *slot) {
	s.slots = slices.DeleteFunc(s.slots, func(other *slot) bool { return other == sl })
	delete(s.turn, sl)
	delete(s.tokens, sl)
}

// stick gives sl up in the middle of its turn.
func (s *sim) stick(sl *slot, t *ticket) {
	why := &jsruntime.CondemnedError{Function: t.rec.name, Version: t.fn.Version, Invocation: t.inv.ID, Culprit: t.inv, Outcome: function.ExceededCPU, Cause: errFactory}
	if !s.d.stuck(sl, sl.gen, why) || s.d.stuck(sl, sl.gen, why) {
		s.t.Fatalf("runtime %d is not stuck once", sl.id)
	}
	s.stuck++
	s.take(sl)
	s.lost[sl] = t
	s.orphans = append(s.orphans, sl)
}

// comeBack ends an endless turn.
func (s *sim) comeBack() {
	for sl, t := range s.lost {
		delete(s.lost, sl)
		if s.rng.IntN(2) == 0 {
			s.d.settle(t, okay()) // late
		}
		if s.rng.IntN(2) == 0 && s.d.lost(sl, loss{cause: errFactory, suspect: t.inv}) {
			s.t.Fatal("lost twice")
		}
		if s.d.leave(sl, &report{returned: []*ticket{t}}) != vanish {
			s.t.Fatal("a runtime that was given up goes on")
		}
		s.d.forget(sl, nil)
		s.d.back()
		return
	}
}

// finish ends the turn of sl: it dies, or never ends, or settles something, or nothing.
func (s *sim) finish(sl *slot) {
	volley := s.turn[sl]
	delete(s.turn, sl)
	if len(volley) > 1 && s.rng.IntN(2) == 0 {
		begun := 1 + s.rng.IntN(len(volley)-1)
		s.d.giveBack(sl, volley[begun:])
		volley = volley[:begun]
		s.check()
	}
	t := sl.running.head
	var suspect *function.Invocation
	if len(volley) > 0 {
		t = volley[len(volley)-1]
		suspect = t.inv
	}
	switch s.rng.IntN(40) {
	case 0, 1, 2:
		s.d.lost(sl, loss{cause: errFactory, suspect: suspect})
		return
	case 3:
		s.stick(sl, t)
		return
	}
	r := &report{inflight: sl.running.n, started: volley, rec: t.rec, spent: time.Duration(s.rng.IntN(20)*len(volley)) * time.Microsecond}
	for _, done := range append(volley[:max(len(volley)-1, 0)], t) {
		if s.rng.IntN(3) > 0 && done.returned.CompareAndSwap(false, true) {
			r.inflight--
			r.returned = append(r.returned, done)
			s.d.settle(done, okay())
		}
	}
	if s.rng.IntN(2) == 0 {
		r.warm = append(r.warm, warmth{t.rec, t.fn.Version})
	}
	switch s.d.leave(sl, r) {
	case goOn:
		s.tokens[sl]++
	case finish:
		s.take(sl)
		s.d.forget(sl, nil)
	case rest, vanish:
	}
}

// check is the dispatcher's invariant, and that the books are right.
func (s *sim) check() {
	coming := map[*record]bool{} // wakes on their way, to the runtimes of whom
	for _, sl := range s.slots {
		if s.tokens[sl] > 1 || (s.tokens[sl] == 1) != sl.woken.Load() {
			s.t.Fatalf("runtime %d: %d wakes outstanding, claimed %t", sl.id, s.tokens[sl], sl.woken.Load())
		}
		if s.tokens[sl] == 1 && !sl.turn.Load() && sl.open() {
			coming[sl.only] = true
		}
	}
	n := s.d.away.n
	if n != len(s.away) {
		s.t.Fatalf("%d away, and %d answers owed", n, len(s.away))
	}
	if s.d.stranded() && s.d.offerAt.IsZero() {
		s.t.Fatal("work has no runtime here, and is not to be offered")
	}
	for _, sl := range s.slots {
		if !coming[sl.only] && sl.free() && s.d.queue.find(sl, false) != nil {
			s.t.Fatalf("runtime %d is free, work for it is queued, and no wake is on its way", sl.id)
		}
	}
}

func TestNoWakeIsLostInAnyOrder(t *testing.T) {
	stuck, consulted, volleys := 0, 0, 0
	for seed := range uint64(300) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := newSim(t, seed)
			load := 1 + s.rng.IntN(40) // in a hundred: from hardly any to more than fits
			for range 600 {
				switch dice := s.rng.IntN(100); {
				case dice < load:
					s.submit()
				case dice >= 95:
					s.deploy(s.rng.IntN(4))
				case dice == 94:
					s.d.remove(fmt.Sprintf("f%d", s.rng.IntN(4)))
				default:
					s.advance()
				}
				s.check()
			}
			for range 20_000 {
				if s.d.pending.Load() == 0 && len(s.lost) == 0 {
					break
				}
				s.advance()
				s.check()
			}
			require.Zero(t, s.d.queue.len(), "work is left and nothing moves")
			require.Len(t, s.answered, s.asked)
			for id, n := range s.answered {
				require.Equalf(t, 1, n, "answers to %s", id)
			}
			require.LessOrEqual(t, s.most, 2*s.d.cfg.MaxDedicated)
			require.EqualValues(t, s.stuck, s.d.stuckAll)
			require.Zero(t, s.d.stuckNow)
			require.Zero(t, s.handed, "what a peer ran has its answer")
			stuck += s.stuck
			consulted += s.consulted
			volleys += s.volleys
		})
	}
	require.Greater(t, stuck, 100, "the simulation gets runtimes stuck")
	require.Greater(t, consulted, 1000, "and asks peers")
	require.Greater(t, volleys, 1000, "and has runtimes take several at a time")
}

func TestWorkThatOnlyOneRuntimeHasRoomForIsHandedOnToIt(t *testing.T) {
	s := newSim(t, 1)
	s.d.slots, s.slots = nil, nil
	s.d.cfg.Policy, s.d.queue.pushing, s.d.cfg.Overflow = Pull, false, nil
	require.NoError(t, s.d.deploy(fn("full", "1", inflight(1))))
	require.NoError(t, s.d.deploy(fn("any", "1")))
	full := s.d.registry.lookup("full")
	for id := range 3 {
		sl := newSlot(id)
		s.d.add(sl)
		s.restart(sl)
		s.slots = append(s.slots, sl)
		sl.turn.Store(true)
		sl.function(full).inflight = 1
	}
	s.slots[2].function(full).inflight = 0 // the last one alone has room
	for _, name := range []string{"any", "full"} {
		s.d.submit(call(name), func(*function.Result) {}, false)
	}
	for _, sl := range s.slots {
		sl.turn.Store(false)
	}
	s.d.mu.Lock()
	claimed := s.d.kick()
	s.d.mu.Unlock()
	require.Equal(t, s.slots[:2], claimed, "as many wakes as there is work")
	got, _ := s.d.next(s.slots[0], nil)
	require.Equal(t, "any", got[0].inv.Function)
	require.Equal(t, 1, s.tokens[s.slots[2]])
	got, _ = s.d.next(s.slots[2], nil)
	require.Equal(t, "full", got[0].inv.Function)
}
