package actors

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/isolane/isolane/jsruntime"
)

// HandleFailure implements actor.SupervisorStrategy. It runs on this actor.
func (s *supervisor) HandleFailure(_ *actor.ActorSystem, pids actor.Supervisor, pid *actor.PID, _ *actor.RestartStatistics, reason, _ any) {
	c := s.actors[pid.Id]
	if c == nil || s.stopping {
		return // it is being stopped, which a suspended mailbox does not keep from it
	}
	if s.d.retired(c.slot) || s.d.isStuck(c.slot) {
		c.ending = true
		pids.StopChildren(pid)
		return
	}
	s.pids = pids
	s.again(c, s.blamed(c, reason), func(delay time.Duration) { s.report(c, reason, delay) }, func() { pids.RestartChildren(pid) })
}

// blamed reports whether quarantine ends what c was lost by: a function condemned an isolate that
// others share, and will be refused when it goes on.
func (s *supervisor) blamed(c *child, reason any) bool {
	err, _ := reason.(error)
	condemned, ok := errors.AsType[*jsruntime.CondemnedError](err)
	return ok && condemned.Function != "" && c.slot.only == nil && s.d.cfg.Quarantine.Max > 0
}

// again starts a runtime again, now or after its back-off. Losses that are blamed on a function
// count apart, and come back at once as often as one function may cause them: what waits is the
// work of others.
func (s *supervisor) again(c *child, blamed bool, report func(delay time.Duration), now func()) {
	at := s.clock.Now()
	list, free := &c.restarts, backoffFree
	if blamed {
		list, free = &c.blamed, max(backoffFree, s.d.cfg.Quarantine.Max)
	}
	*list = recent(*list, at, backoffWindow)
	var delay time.Duration
	if s.d.cfg.Backoff {
		delay = backoff(len(*list), free, rand.Float64())
	}
	*list = append(*list, at)
	report(delay)
	if delay == 0 {
		now()
		return
	}
	self, slot := s.self, c.slot
	c.timer = s.clock.AfterFunc(delay, func() { s.root.Send(self, &restart{slot: slot}) })
}

// restart ends a back-off, unless it was called off meanwhile.
func (s *supervisor) restart(ctx actor.Context, sl *slot) {
	c := s.children[sl]
	if c == nil || c.timer == nil || s.stopping {
		return
	}
	c.timer = nil
	if c.pid == nil {
		s.spawn(ctx, c)
		return
	}
	s.pids.RestartChildren(c.pid)
}

// replace puts another runtime in the place of one that is stuck. The old actor stays
// a child, and is stopped when its turn returns; it hears nothing before.
func (s *supervisor) replace(ctx actor.Context, old *slot) {
	c := s.children[old]
	if c == nil {
		return // done already
	}
	delete(s.children, old)
	c.halt()
	if !c.ending && s.actors[c.pid.Id] != nil {
		c.ending = true
		ctx.Stop(c.pid)
	}
	next := s.d.succeed(old)
	if next == nil { // it was to stop anyway
		close(old.stopped)
		s.staff(ctx)
		s.checkStopped()
		return
	}
	heir := &child{slot: next, restarts: c.restarts, blamed: c.blamed}
	s.children[next] = heir
	s.again(heir, false, func(time.Duration) {}, func() { s.spawn(ctx, heir) })
}

// report logs why a runtime is restarted, and what can be done.
func (s *supervisor) report(c *child, reason any, delay time.Duration) {
	attrs := []any{slog.Int("runtime", c.slot.id), slog.Int("restarts", len(c.restarts)+len(c.blamed)), slog.Duration("delay", delay), slog.Any("reason", reason)}
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
