package actors

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// sim drives a dispatcher without actors: one step at a time, in random order, with
// the wakes kept until the simulation delivers them.
type sim struct {
	t     *testing.T
	rng   *rand.Rand
	d     *dispatcher
	slots []*slot
	// tokens are the wakes on their way; at most one for each slot.
	tokens map[*slot]int
	// turn is what a slot's turn is about: nil for an event's.
	turn     map[*slot]*ticket
	asked    int
	answered map[string]int
}

func newSim(t *testing.T, seed uint64) *sim {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 2))
	cfg := DefaultConfig()
	cfg.Queue, cfg.MaxInflight, cfg.Affinity = 30, 1+rng.IntN(8), rng.IntN(2) == 0
	cfg.Quarantine.Max = 0
	s := &sim{t: t, rng: rng, d: newDispatcher(cfg, systemClock{}), tokens: map[*slot]int{}, turn: map[*slot]*ticket{}, answered: map[string]int{}}
	s.d.wake = func(sl *slot) { s.tokens[sl]++ }
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

func (s *sim) deploy(i int) {
	s.d.deploy(fn(fmt.Sprintf("f%d", i), fmt.Sprint(s.rng.IntN(100)), inflight(1+s.rng.IntN(3)), func(m *function.Manifest) {
		m.Idempotent = i%2 == 0
	}))
}

func (s *sim) restart(sl *slot) {
	s.d.begin(sl)
	if s.d.ready(sl, nil) {
		s.tokens[sl]++
	}
}

func (s *sim) submit() {
	id := fmt.Sprint(s.asked)
	s.asked++
	inv := call(fmt.Sprintf("f%d", s.rng.IntN(4)))
	inv.ID = id
	s.d.submit(inv, func(*function.Result) { s.answered[id]++ })
}

// advance does one thing that the actor of sl might do next.
func (s *sim) advance(sl *slot) {
	_, inTurn := s.turn[sl]
	switch {
	case sl.phase == backingOff:
		s.restart(sl)
	case inTurn:
		s.finish(sl)
	case s.tokens[sl] > 0 && (sl.running.n == 0 || s.rng.IntN(2) == 0):
		s.tokens[sl]--
		if t, _ := s.d.next(sl); t != nil {
			s.turn[sl] = t
		}
	case sl.running.n > 0:
		s.d.enter(sl)
		s.turn[sl] = nil
	}
}

// finish ends the turn of sl: it dies, or settles something, or nothing.
func (s *sim) finish(sl *slot) {
	t := s.turn[sl]
	delete(s.turn, sl)
	if s.rng.IntN(12) == 0 {
		s.d.lost(sl, loss{cause: errFactory, suspect: t})
		return
	}
	if t == nil {
		t = sl.running.head
	}
	r := &report{inflight: sl.running.n}
	if s.rng.IntN(3) > 0 && t.returned.CompareAndSwap(false, true) {
		r.inflight--
		r.returned = append(r.returned, t)
		s.d.settle(t, okay())
	}
	if s.rng.IntN(2) == 0 {
		r.warm = append(r.warm, warmth{t.rec, t.fn.Version})
	}
	if again, _ := s.d.leave(sl, r); again {
		s.tokens[sl]++
	}
}

// check is the dispatcher's invariant, and that the books are right.
func (s *sim) check() {
	coming := false
	for _, sl := range s.slots {
		if s.tokens[sl] > 1 || (s.tokens[sl] == 1) != sl.woken.Load() {
			s.t.Fatalf("runtime %d: %d wakes outstanding, claimed %t", sl.id, s.tokens[sl], sl.woken.Load())
		}
		coming = coming || (s.tokens[sl] == 1 && !sl.turn.Load() && sl.open(s.d.cfg.MaxInflight))
	}
	for _, sl := range s.slots {
		if !coming && sl.free(s.d.cfg.MaxInflight) && s.d.queue.find(sl, false) != nil {
			s.t.Fatalf("runtime %d is free, work for it is queued, and no wake is on its way", sl.id)
		}
	}
}

func TestNoWakeIsLostInAnyOrder(t *testing.T) {
	for seed := range uint64(300) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := newSim(t, seed)
			load := 1 + s.rng.IntN(40) // in a hundred: from hardly any to more than fits
			for range 600 {
				switch dice := s.rng.IntN(100); {
				case dice < load:
					s.submit()
				case dice >= 94:
					s.deploy(s.rng.IntN(4))
				default:
					s.advance(s.slots[s.rng.IntN(len(s.slots))])
				}
				s.check()
			}
			for range 10_000 {
				if s.d.pending.Load() == 0 {
					break
				}
				s.advance(s.slots[s.rng.IntN(len(s.slots))])
				s.check()
			}
			require.Zero(t, s.d.queue.len(), "work is left and nothing moves")
			require.Len(t, s.answered, s.asked)
			for id, n := range s.answered {
				require.Equalf(t, 1, n, "answers to %s", id)
			}
		})
	}
}

func TestWorkThatOnlyOneRuntimeHasRoomForIsHandedOnToIt(t *testing.T) {
	s := newSim(t, 1)
	s.d.slots, s.slots = nil, nil
	s.d.deploy(fn("full", "1", inflight(1)))
	s.d.deploy(fn("any", "1"))
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
		s.d.submit(call(name), func(*function.Result) {})
	}
	for _, sl := range s.slots {
		sl.turn.Store(false)
	}
	s.d.mu.Lock()
	claimed := s.d.kick()
	s.d.mu.Unlock()
	require.Equal(t, s.slots[:2], claimed, "as many wakes as there is work")
	got, _ := s.d.next(s.slots[0])
	require.Equal(t, "any", got.inv.Function)
	require.Equal(t, 1, s.tokens[s.slots[2]])
	got, _ = s.d.next(s.slots[2])
	require.Equal(t, "full", got.inv.Function)
}
