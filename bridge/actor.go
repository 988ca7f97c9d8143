package bridge

import (
	"errors"
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/subject"
)

// resubscribeAfter is the pause before a subscription that failed is tried again.
const resubscribeAfter = 250 * time.Millisecond

// bridgeActor is one incarnation of the bridge's actor. It owns the
// subscription and what befalls it and the connection; messages themselves never
// pass its mailbox (see doc.go).
type bridgeActor struct {
	b *Bridge
	// own outlives the incarnation.
	own   *actorState
	watch *watcher
}

// actorState is what the actor owns; nothing but its Receive touches it.
type actorState struct {
	// sub is the subscription that has not ended, or nil.
	sub *subscription
	// ending refuses another one.
	ending bool
	// away says that the connection is being made again.
	away bool
	// reported is what the last report showed.
	reported reported
}

// The actor's messages.
type (
	// tick asks for the report of the last interval.
	tick struct{}
	// connChanged says that the connection's status is now this.
	connChanged struct{ status nats.Status }
	// subEnded says that NATS has ended a subscription.
	subEnded struct{ sub *subscription }
	// resubscribe asks for another try.
	resubscribe struct{}
	// drainSub asks the actor to end its subscription; where that has not ended
	// yet it goes to the channel, which has room for it, else nil does.
	drainSub struct{ open chan *subscription }
)

// IgnoreDeadLetterLogging keeps what comes after the actor has stopped out of the log: it
// is nobody's loss. (Proto.Actor would also count it for a second, in a goroutine that
// outlives the actor system.)
func (*tick) IgnoreDeadLetterLogging()        {}
func (*connChanged) IgnoreDeadLetterLogging() {}
func (*subEnded) IgnoreDeadLetterLogging()    {}
func (*resubscribe) IgnoreDeadLetterLogging() {}
func (*drainSub) IgnoreDeadLetterLogging()    {}

var _ actor.Actor = (*bridgeActor)(nil)

// Receive implements actor.Actor.
func (a *bridgeActor) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		a.start(ctx)
	case *actor.Restarting:
		a.b.counters.restarts.Add(1)
		a.watch.stop()
	case *actor.Stopping:
		a.watch.stop()
		a.b.leftover = a.endSub()
	case *actor.Stopped:
		close(a.b.stopped)
	case *tick:
		a.report()
	case *connChanged:
		a.connChanged(ctx, m.status)
	case *subEnded:
		a.subEnded(ctx, m.sub)
	case *resubscribe:
		a.subscribe(ctx)
	case *drainSub:
		m.open <- a.endSub()
	}
}

// start begins an incarnation. One that follows a restart keeps the subscription
// that it finds: to exchange it would gain nothing, and lose the messages that
// the server matches in between.
func (a *bridgeActor) start(ctx actor.Context) {
	a.watch = startWatcher(a.b, ctx.Self())
	if a.own.sub == nil {
		a.subscribe(ctx)
	}
}

// subscribe opens the subscription that serves every function. The first time,
// Start hears how it went; later it is tried again where it failed.
func (a *bridgeActor) subscribe(ctx actor.Context) {
	if a.own.ending {
		return
	}
	s, err := openSubscription(a.b, ctx.Self())
	if err == nil {
		a.own.sub = s
	}
	if a.b.reportStarted(err); err == nil {
		return
	}
	if a.b.deps.Conn.IsClosed() {
		return // connChanged stops the actor
	}
	a.b.log.Error("cannot subscribe, will try again", slog.Any("error", err),
		slog.Duration("wait", resubscribeAfter))
	a.watch.later(resubscribeAfter, &resubscribe{})
}

// reportStarted tells Start of the first subscription; of later ones, nobody.
func (b *Bridge) reportStarted(err error) {
	select {
	case b.started <- err:
	default:
	}
}

// subEnded opens another subscription where one ended that nobody asked to end.
func (a *bridgeActor) subEnded(ctx actor.Context, s *subscription) {
	if a.own.sub == s {
		a.own.sub = nil
	}
	if a.own.ending || a.b.deps.Conn.IsClosed() {
		return
	}
	a.b.log.Error("the subscription ended unasked; subscribing again",
		slog.String("subject", subject.All(a.b.cfg.Prefix)))
	a.subscribe(ctx)
}

// connChanged counts, and stops the actor when the connection is gone for good.
func (a *bridgeActor) connChanged(ctx actor.Context, status nats.Status) {
	switch status { //nolint:exhaustive // the watcher asks for these three alone
	case nats.RECONNECTING:
		if !a.own.away {
			a.b.counters.disconnects.Add(1)
		}
		a.own.away = true
	case nats.CONNECTED:
		if a.own.away {
			a.b.counters.reconnects.Add(1)
		}
		a.own.away = false
	case nats.CLOSED:
		if !a.own.ending {
			a.b.log.Error("the NATS connection was closed for good; this node takes no more messages: restart it",
				slog.Any("error", a.b.deps.Conn.LastError()))
		}
		ctx.Stop(ctx.Self())
	}
}

// endSub drains the subscription, once: no new messages, those already delivered
// are still handled. It returns the subscription where it has not ended.
func (a *bridgeActor) endSub() *subscription {
	s := a.own.sub
	if s == nil || a.own.ending {
		a.own.ending = true
		return s
	}
	a.own.ending = true
	a.account(s)
	if err := s.sub.Drain(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		a.b.log.Warn("cannot drain the subscription", slog.Any("error", err))
	}
	return s
}
