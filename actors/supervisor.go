package actors

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// supervisor is the parent of the runtime actors and their supervision strategy. It
// restarts one whose isolate is lost, with a back-off of its own, for ever: it is
// the function that is given up (quarantine), never the pool.
type supervisor struct {
	d     *dispatcher
	root  *actor.RootContext
	log   *slog.Logger
	clock Clock

	children map[string]*child // by PID
	self     *actor.PID
	pids     actor.Supervisor // this actor's own context, as HandleFailure is given it
	stopping bool
	stopped  chan struct{} // closed when all is stopped
}

// child is one runtime actor.
type child struct {
	slot     *slot
	pid      *actor.PID
	restarts []time.Time // within the last backoffWindow
	timer    Timer       // of the back-off; nil where there is none
}

// Receive implements actor.Actor.
func (s *supervisor) Receive(ctx actor.Context) {
	switch msg := ctx.Message().(type) {
	case *actor.Started:
		s.self = ctx.Self()
	case *resize:
		msg.reply <- s.resize(ctx, msg.n)
	case *restart:
		s.restart(msg.id)
	case *actor.Terminated:
		s.terminated(msg.Who)
	case *actor.Stopping:
		s.stopping = true
		for _, c := range s.children {
			c.halt()
		}
	case *actor.Stopped:
		close(s.stopped)
	}
}

// resize starts or drains runtimes until n are left that take work.
func (s *supervisor) resize(ctx actor.Context, n int) resized {
	var active []*child
	for _, c := range s.children {
		if !s.d.retired(c.slot) {
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
		if last.timer != nil { // in back-off: nothing in flight, and a mailbox that hears nothing
			last.halt()
			ctx.Stop(last.pid)
		} else {
			ctx.Send(last.pid, &drain{})
		}
	}
	for len(active) < n {
		c, err := s.spawn(ctx)
		if err != nil {
			s.log.Error("a runtime could not be spawned", slog.Any("error", err))
			break
		}
		active = append(active, c)
		r.started = append(r.started, c.slot)
	}
	return r
}

// spawn starts the runtime with the lowest number that is not in use.
func (s *supervisor) spawn(ctx actor.Context) (*child, error) {
	id := 0
	for s.byID(id) != nil {
		id++
	}
	sl := newSlot(id)
	props := actor.PropsFromProducer(func() actor.Actor {
		return &runtimeActor{d: s.d, root: s.root, log: s.log.With(slog.Int("runtime", id)), slot: sl, wakeup: &wake{}}
	})
	s.d.add(sl)
	pid, err := ctx.SpawnNamed(props, fmt.Sprintf("runtime-%d", id))
	if err != nil {
		s.d.forget(sl, nil)
		return nil, fmt.Errorf("actors: spawn runtime-%d: %w", id, err)
	}
	c := &child{slot: sl, pid: pid}
	s.children[pid.Id] = c
	return c, nil
}

func (s *supervisor) byID(id int) *child {
	for _, c := range s.children {
		if c.slot.id == id {
			return c
		}
	}
	return nil
}

// HandleFailure implements actor.SupervisorStrategy. It runs on this actor.
func (s *supervisor) HandleFailure(_ *actor.ActorSystem, pids actor.Supervisor, pid *actor.PID, _ *actor.RestartStatistics, reason, _ any) {
	c := s.children[pid.Id]
	if c == nil || s.stopping {
		return // it is being stopped, which a suspended mailbox does not keep from it
	}
	if s.d.retired(c.slot) {
		pids.StopChildren(pid)
		return
	}
	now := s.clock.Now()
	c.restarts = recent(c.restarts, now, backoffWindow)
	delay := backoff(len(c.restarts), rand.Float64())
	c.restarts = append(c.restarts, now)
	s.report(c, reason, delay)
	if delay == 0 {
		pids.RestartChildren(pid)
		return
	}
	s.pids = pids
	self, id := s.self, c.slot.id
	c.timer = s.clock.AfterFunc(delay, func() { s.root.Send(self, &restart{id: id}) })
}

// report logs why a runtime is restarted, and what can be done.
func (s *supervisor) report(c *child, reason any, delay time.Duration) {
	attrs := []any{slog.Int("runtime", c.slot.id), slog.Int("restarts", len(c.restarts)), slog.Duration("delay", delay), slog.Any("reason", reason)}
	err, _ := reason.(error)
	if lost, ok := errors.AsType[*LostError](err); ok && lost.Creating {
		s.log.Error("an isolate cannot be made; queued work waits until its deadline: check the node's free memory and the engine's settings", attrs...)
		return
	}
	if panicked, ok := errors.AsType[*PanicError](err); ok {
		attrs = append(attrs, slog.String("stack", panicked.Stack))
	}
	s.log.Warn("a runtime lost its isolate and is restarted", attrs...)
}

// restart ends a back-off, unless it was called off meanwhile.
func (s *supervisor) restart(id int) {
	c := s.byID(id)
	if c == nil || c.timer == nil || s.stopping {
		return
	}
	c.timer = nil
	s.pids.RestartChildren(c.pid)
}

// terminated forgets a runtime that has stopped.
func (s *supervisor) terminated(pid *actor.PID) {
	if c := s.children[pid.Id]; c != nil {
		c.halt()
		delete(s.children, pid.Id)
		close(c.slot.stopped)
	}
}

// halt calls a back-off off.
func (c *child) halt() {
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
}
