package actors

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// supervisor is the parent of the runtime actors and their supervision strategy. It
// restarts one whose isolate is lost, with a back-off of its own, for ever: it is
// the function that is given up (quarantine), never the pool. One that is stuck is
// replaced by another actor, and stays a child that nobody waits for.
type supervisor struct {
	d     *dispatcher
	root  *actor.RootContext
	log   *slog.Logger
	clock Clock

	// children are the runtimes that count: all but the stuck ones.
	children map[*slot]*child
	// actors are the children by PID, the stuck ones included; those that wait in a
	// back-off for their first actor have none.
	actors   map[string]*child
	self     *actor.PID
	pids     actor.Supervisor // this actor's own context, as HandleFailure is given it
	stopping bool
	ended    bool          // stopped is closed
	stopped  chan struct{} // closed when all is stopped that can be
}

// child is one runtime.
type child struct {
	slot     *slot
	pid      *actor.PID  // nil before its actor was spawned
	restarts []time.Time // within the last backoffWindow
	blamed   []time.Time // likewise, those that a function is to blame for; see again
	timer    Timer       // of the back-off; nil where there is none
	leaving  bool        // it was told to drain
	ending   bool        // its actor was told to stop
}

func newSupervisor(d *dispatcher, root *actor.RootContext, log *slog.Logger, clock Clock, stopped chan struct{}) *supervisor {
	return &supervisor{
		d: d, root: root, log: log, clock: clock, stopped: stopped,
		children: map[*slot]*child{}, actors: map[string]*child{},
	}
}

// Receive implements actor.Actor.
func (s *supervisor) Receive(ctx actor.Context) {
	switch msg := ctx.Message().(type) {
	case *actor.Started:
		s.self = ctx.Self()
	case *resize:
		msg.reply <- s.resize(ctx, msg.n)
	case *staff:
		s.staff(ctx)
		if msg.done != nil {
			close(msg.done)
		}
	case *replace:
		s.replace(ctx, msg.slot)
	case *restart:
		s.restart(ctx, msg.slot)
	case *actor.Terminated:
		s.terminated(ctx, msg.Who)
	case *actor.Stopping:
		s.stop()
	case *actor.Stopped:
		s.end()
	}
}

// resize starts or drains shared runtimes until n are left that take work.
func (s *supervisor) resize(ctx actor.Context, n int) resized {
	var active []*child
	for _, c := range s.children {
		if c.slot.only == nil && !s.d.retired(c.slot) {
			active = append(active, c)
		}
	}
	slices.SortFunc(active, func(a, b *child) int { return a.slot.id - b.slot.id })
	var r resized
	for len(active) > n {
		last := active[len(active)-1]
		active = active[:len(active)-1]
		s.d.retire(last.slot)
		r.draining = append(r.draining, last.slot)
		s.dismiss(ctx, last)
	}
	for len(active) < n && !s.stopping {
		sl := newSlot(s.freeShared())
		s.d.add(sl)
		c := &child{slot: sl}
		if !s.spawn(ctx, c) {
			break
		}
		active = append(active, c)
		r.started = append(r.started, sl)
	}
	return r
}

// freeShared returns the lowest number that is not in use.
func (s *supervisor) freeShared() int {
	used := make(map[int]bool, len(s.children))
	for sl := range s.children {
		used[sl.id] = true
	}
	id := 0
	for used[id] {
		id++
	}
	return id
}

// staff starts the dedicated runtimes that are missing, and has those drain that have
// been retired.
func (s *supervisor) staff(ctx actor.Context) {
	if s.stopping {
		return
	}
	for _, c := range s.children {
		if c.slot.only != nil && !c.leaving && s.d.retired(c.slot) {
			s.dismiss(ctx, c)
		}
	}
	for _, sl := range s.d.hire() {
		s.spawn(ctx, &child{slot: sl})
	}
}

// spawn makes the actor of c, which is a child from then on. Where it cannot, it gives
// the slot up and reports false.
func (s *supervisor) spawn(ctx actor.Context, c *child) bool {
	sl := c.slot
	log := s.log.With(slog.Int("runtime", sl.id))
	if sl.only != nil {
		log = log.With(slog.String("dedicated", sl.only.name))
	}
	own := newLoop()
	props := actor.PropsFromProducer(func() actor.Actor {
		return &runtimeActor{d: s.d, root: s.root, log: log, slot: sl, wakeup: &wake{}, loop: own}
	}, actor.WithDispatcher(own))
	// The number alone may be the name of one that is stuck.
	pid, err := ctx.SpawnNamed(props, fmt.Sprintf("runtime-%d%s", sl.id, ctx.ActorSystem().ProcessRegistry.NextId()))
	if err != nil {
		log.Error("a runtime could not be spawned", slog.Any("error", err))
		own.end()
		s.drop(c)
		return false
	}
	c.pid = pid
	s.children[sl], s.actors[pid.Id] = c, c
	return true
}

// dismiss stops a runtime that takes no more work, when it has nothing in flight.
func (s *supervisor) dismiss(ctx actor.Context, c *child) {
	c.leaving = true
	switch {
	case c.pid == nil:
		c.halt()
		s.drop(c)
	case c.timer != nil: // in back-off: nothing in flight, and a mailbox that hears nothing
		c.halt()
		c.ending = true
		ctx.Stop(c.pid)
	default:
		ctx.Send(c.pid, &drain{})
	}
}

// drop forgets a runtime that has no actor.
func (s *supervisor) drop(c *child) {
	delete(s.children, c.slot)
	s.d.forget(c.slot, nil)
	close(c.slot.stopped)
}

// terminated forgets a runtime whose actor has stopped.
func (s *supervisor) terminated(ctx actor.Context, pid *actor.PID) {
	c := s.actors[pid.Id]
	if c == nil {
		return
	}
	delete(s.actors, pid.Id)
	c.halt()
	if s.d.isStuck(c.slot) {
		s.log.Info("a turn that could not be stopped has returned: its thread is free", slog.Int("runtime", c.slot.id))
		s.d.back()
		s.replace(ctx, c.slot) // where the report of it is still on its way
	} else {
		delete(s.children, c.slot)
		close(c.slot.stopped)
		s.staff(ctx) // somebody may have waited for the room
	}
	s.checkStopped()
}

// stop begins the end: Proto.Actor stops the actors next.
func (s *supervisor) stop() {
	s.stopping = true
	for _, c := range s.children {
		c.halt()
		if c.pid == nil {
			s.drop(c)
		}
	}
	s.checkStopped()
}

// checkStopped ends the wait for the runtimes when only stuck ones are left. As an
// actor the supervisor lives until those return too.
func (s *supervisor) checkStopped() {
	if s.stopping && len(s.children) == 0 {
		s.end()
	}
}

func (s *supervisor) end() {
	if !s.ended {
		s.ended = true
		close(s.stopped)
	}
}

// halt calls a back-off off.
func (c *child) halt() {
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
}
