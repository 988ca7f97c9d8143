package actors

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// runtimeActor owns one isolate; its mailbox is the isolate's event loop. One
// instance lives as long as one isolate: a restart makes a new one, on the same slot.
type runtimeActor struct {
	d    *dispatcher
	root *actor.RootContext
	log  *slog.Logger
	slot *slot

	rt   Runtime // nil where there is none, or no longer
	gen  uint64
	loop *loop // what it runs on
	// boss is the supervisor.
	boss *actor.PID
	// wakeup is sent to itself and by the dispatcher; it carries nothing.
	wakeup *wake
	// told is reused for each turn's report.
	told report
	warm warmSet
	// volley are the tickets of the turns that were begun last, and calls what the isolate
	// was given of them. While it has them both stay as they are.
	volley []*ticket
	calls  []jsruntime.Call
	// profiled is whose profile goes on; nil for none.
	profiled *profileRun
	// ran is the time in turns since the actor last let others have its processor.
	ran time.Duration
}

// yieldAfter is how long an actor may be in turns, one after another, before it lets other
// goroutines have its processor. Go would take it away only after 10 ms, and until then
// who takes messages off the socket, and answers others, may have none.
const yieldAfter = 100 * time.Microsecond

// Receive implements actor.Actor. It panics with a *LostError when the isolate is
// lost, after everyone was answered: the supervisor then restarts it.
func (a *runtimeActor) Receive(ctx actor.Context) {
	switch msg := ctx.Message().(type) {
	case *wake:
		a.pull(ctx)
	case *event:
		a.handle(ctx, msg)
	case *actor.Started:
		a.start(ctx)
	case *drain:
		a.leave(ctx)
	case *cancelAll:
		a.cancelAll(ctx, msg.message)
	case *recall:
		a.recall(ctx, msg)
	case *look:
		a.look()
	case *profile:
		a.profile(msg)
	case *actor.Restarting:
		if a.rt != nil { // a panic of our own, outside the isolate: else lose was here
			a.giveUp(loss{cause: errors.New("the runtime actor failed")})
		}
	case *actor.Stopping:
		a.stop()
	case *actor.Stopped:
		a.loop.end()
	}
}

// start makes the isolate: here and not in the producer, so that a failure is the
// supervisor's.
func (a *runtimeActor) start(ctx actor.Context) {
	gen, serves := a.d.begin(a.slot)
	self, root := ctx.Self(), a.root
	a.gen, a.boss = gen, ctx.Parent()
	rt, err := a.create(RuntimeSpec{
		ID:       a.slot.id,
		Post:     func(ev jsruntime.Event) { root.Send(self, &event{gen: gen, ev: ev}) },
		Stuck:    a.stuck,
		Unbegun:  a.unbegun,
		Live:     a.d.registry.live,
		Function: serves,
	})
	if err != nil {
		a.d.lost(a.slot, loss{cause: err})
		a.announce()
		panic(&LostError{Runtime: a.slot.id, Creating: true, Cause: err})
	}
	a.rt = rt
	a.proceed(ctx, a.d.ready(a.slot, self, rt.Said))
	a.announce()
}

// stuck gives this actor up, which is in a turn that cannot be stopped. It runs on
// another goroutine, and reads only what is constant since start.
func (a *runtimeActor) stuck(why *jsruntime.CondemnedError) {
	if !a.d.stuck(a.slot, a.gen, why) {
		return
	}
	a.log.Error("a turn could not be stopped: it holds a thread until it ends by itself, if ever; the function is refused until another version of it is deployed: find the built-in that it calls on a huge range or object; restart the node to have the thread back",
		slog.String("function", why.Function), slog.String("invocation", why.Invocation), slog.Any("reason", why))
	a.root.Send(a.boss, &replace{slot: a.slot})
}

// announce ends the wait of Start and Resize for the first isolate.
func (a *runtimeActor) announce() {
	if a.gen == 1 {
		close(a.slot.attempted)
	}
}

// pull runs the next invocations that the dispatcher has for this runtime.
func (a *runtimeActor) pull(ctx actor.Context) {
	volley, fn := a.d.next(a.slot, a.volley[:0])
	if len(volley) == 0 {
		return
	}
	a.volley = volley
	a.logStart(volley)
	err := a.invoke(fn)
	a.told.started, a.told.rec, a.told.spent = a.volley, volley[0].rec, a.rt.Spent()
	if err != nil {
		a.lose(lossOf(err, volley[len(a.volley)-1].inv))
		return
	}
	if a.d.cfg.Affinity {
		a.told.warm = a.warm.after(a.told.warm, a.rt, volley[0].rec, fn)
	}
	a.leave(ctx)
}

// unbegun puts back what the isolate has not begun of its volley, and will not. It is called
// within invoke, from whatever goroutine: see RuntimeSpec.Unbegun.
func (a *runtimeActor) unbegun(begun int) {
	back := a.volley[begun:]
	a.volley = a.volley[:begun]
	a.d.giveBack(a.slot, back)
}

// handle gives the isolate what it posted, unless that was another isolate.
func (a *runtimeActor) handle(ctx actor.Context, msg *event) {
	if msg.gen != a.gen || a.rt == nil {
		return
	}
	a.d.enter(a.slot)
	err := a.resume(msg.ev)
	if name := msg.ev.Function(); name != "" {
		a.told.rec, a.told.spent = a.d.registry.lookup(name), a.rt.Spent()
	}
	if err != nil {
		a.lose(lossOf(err, msg.ev.Invocation()))
		return
	}
	a.leave(ctx)
}

// cancelAll aborts what is in flight; the answers may have been given already.
func (a *runtimeActor) cancelAll(ctx actor.Context, message string) {
	if a.rt == nil {
		return
	}
	a.aborts(ctx, func() error { return a.rt.CancelAll(message) })
}

// recall aborts what is in flight of messages of streams.
func (a *runtimeActor) recall(ctx actor.Context, msg *recall) {
	defer func() { msg.reply <- struct{}{} }() // there is room for each; also where the isolate is lost
	if a.rt != nil {
		a.aborts(ctx, func() error { return a.rt.CancelKept(msg.message) })
	}
}

// look tells what is waited for: it is between two turns.
func (a *runtimeActor) look() {
	if a.rt != nil {
		a.d.looked(a.slot, a.rt.Requests())
	}
}

// aborts runs a turn that ends what is in flight.
func (a *runtimeActor) aborts(ctx actor.Context, abort func() error) {
	a.d.enter(a.slot)
	if err := guarded(abort); err != nil {
		a.lose(lossOf(err, nil))
		return
	}
	a.leave(ctx)
}

// leave ends a turn, and goes on with the next piece of work by way of the mailbox,
// so that completions which are there already go first.
func (a *runtimeActor) leave(ctx actor.Context) {
	if a.rt == nil {
		return
	}
	a.told.inflight = a.rt.Inflight()
	a.ran += a.told.spent
	next := a.d.leave(a.slot, &a.told)
	clear(a.told.returned)
	a.told = report{returned: a.told.returned[:0], warm: a.told.warm[:0]}
	a.proceed(ctx, next)
}

// proceed does what the dispatcher says at the end of a turn.
func (a *runtimeActor) proceed(ctx actor.Context, next after) {
	switch next {
	case rest:
		a.ran = 0
	case goOn:
		ctx.Send(ctx.Self(), a.wakeup)
		if a.ran >= yieldAfter {
			a.ran = 0
			runtime.Gosched()
		}
	case finish:
		ctx.Stop(ctx.Self())
	case vanish: // the supervisor stops this actor, if it has not yet
		a.giveUp(loss{cause: errors.New("the turn had been given up")})
	}
}

// lose gives the isolate up and tells the supervisor, unless that has replaced this
// actor already, because the turn seemed never to end.
func (a *runtimeActor) lose(l loss) {
	if a.giveUp(l) {
		panic(&LostError{Runtime: a.slot.id, Cause: l.cause})
	}
}

// giveUp abandons and closes the isolate. Everyone is answered or put back before it
// is closed, and before the supervisor hears of it: a back-off may follow. It reports
// whether this was the end of the isolate for the dispatcher.
func (a *runtimeActor) giveUp(l loss) bool {
	a.d.pay(a.slot, &a.told)
	a.told = report{}
	said, abandoned := a.abandon()
	l.said = said
	first := a.d.lost(a.slot, l)
	if err := errors.Join(abandoned, a.closeRuntime()); err != nil {
		a.log.Warn("a lost isolate could not be disposed of cleanly", slog.Any("error", err))
	}
	return first
}

// stop is the end of the actor.
func (a *runtimeActor) stop() {
	a.d.forget(a.slot, a.closeRuntime())
}

// closeRuntime disposes of the isolate, if there is one.
func (a *runtimeActor) closeRuntime() error {
	if a.rt == nil {
		return nil
	}
	err := a.dispose()
	a.rt = nil
	if err != nil {
		return fmt.Errorf("actors: runtime-%d: close: %w", a.slot.id, err)
	}
	return nil
}

// returned takes what the isolate answers for t.
func (a *runtimeActor) returned(t *ticket, res *function.Result) {
	if !t.returned.CompareAndSwap(false, true) {
		a.d.dropped()
		return
	}
	if res != nil && res.Loss != nil {
		res.Loss.Isolate = a.d.isolate(a.slot.id, a.gen)
	}
	a.told.returned = append(a.told.returned, t)
	a.d.settle(t, res)
}

// The calls into the runtime. Each turns a panic into an error: this is the actor's
// border, where an engine's or a host function's fault costs one isolate.

func (a *runtimeActor) create(spec RuntimeSpec) (rt Runtime, err error) {
	defer recovered(&err)
	return a.d.cfg.NewRuntime(spec)
}

func (a *runtimeActor) invoke(fn *bundle.Function) (err error) {
	defer recovered(&err)
	if len(a.volley) == 1 {
		t := a.volley[0]
		return a.rt.Invoke(t.inv, fn, func(res *function.Result) { a.returned(t, res) })
	}
	a.calls = a.calls[:0]
	for _, t := range a.volley {
		a.calls = append(a.calls, jsruntime.Call{Invocation: t.inv, Done: func(res *function.Result) { a.returned(t, res) }})
	}
	defer clear(a.calls)
	return a.rt.InvokeAll(a.calls, fn)
}

func (a *runtimeActor) resume(ev jsruntime.Event) (err error) {
	defer recovered(&err)
	return a.rt.Handle(ev)
}

func guarded(abort func() error) (err error) {
	defer recovered(&err)
	return abort()
}

// abandon returns what those in flight said of messages: their tickets are the dispatcher's
// already.
func (a *runtimeActor) abandon() (said map[*function.Invocation][]function.Verdict, err error) {
	defer recovered(&err)
	for _, left := range a.rt.Abandon() {
		if left.Verdicts == nil {
			continue
		}
		if said == nil {
			said = map[*function.Invocation][]function.Verdict{}
		}
		said[left.Invocation] = left.Verdicts
	}
	return said, nil
}

func (a *runtimeActor) dispose() (err error) {
	defer recovered(&err)
	return a.rt.Close()
}

// recovered turns a panic into a *PanicError; it is to be deferred.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = &PanicError{Value: v, Stack: string(debug.Stack())}
	}
}
