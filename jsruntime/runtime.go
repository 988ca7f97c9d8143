package jsruntime

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/promote"
	"github.com/isolane/isolane/jsruntime/tape"
)

// Done takes the one Result of an invocation. It is called on the goroutine that is
// in Invoke or Handle, and must not block or call the runtime.
type Done func(*function.Result)

// Abandoned is an invocation that a condemned runtime had in flight.
type Abandoned struct {
	Invocation *function.Invocation
	Function   *bundle.Function
	Done       Done
	// Verdicts are what it said of messages in turns that have ended, as in
	// function.Result; nil where it said nothing. The caller owns them.
	Verdicts []function.Verdict
}

// Runtime is an isolate and its event loop; see the package's comment for who may
// call it.
type Runtime struct {
	cfg    Config
	engine Engine
	// vm is the isolate that functions share; nil where the engine's isolates are not shared.
	vm *vm
	// owned are the isolates of single contexts.
	owned    map[*vm]struct{}
	watchdog watchdog
	consoles *consoles
	contexts contexts
	inflight map[int32]*invocation
	lastID   int32
	// tallies are those of functions whose engine is open, by their light key.
	tallies map[contextKey]tally
	// said is what those in flight said of messages.
	said said
	// starts is reused from volley to volley.
	starts []Start
	// turn is the invocation whose turn it is, since turnBegan; nil outside of a turn. In
	// what a volley left, turnBegan is zero and turnEnded when the turn was over.
	turn                 *invocation
	turnBegan, turnEnded time.Time
	// spent is the time of turns since Spent was last asked.
	spent time.Duration
	// loading says that a module is being loaded.
	loading bool
	// turns counts entries, so that memory is looked at now and then.
	turns  uint
	closed bool
	// disposed says that Close was here.
	disposed bool
	// profile is what goes on; nil for none.
	profile *profiling

	ctx    context.Context //nolint:containedctx // the life of the runtime's own goroutines
	cancel context.CancelFunc
	wg     sync.WaitGroup // IO that will still post
}

// New makes a runtime with an isolate of its own.
func New(cfg Config, engine Engine) (*Runtime, error) {
	if cfg.MaxContexts == 0 {
		cfg.MaxContexts = DefaultConfig().MaxContexts
	}
	if cfg.Promote == (promote.Policy{}) {
		cfg.Promote = promote.DefaultPolicy()
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	var shared *vm
	if engine.Shares() {
		var err error
		if shared, err = newVM(engine, cfg.Limits, false); err != nil {
			return nil, err
		}
	}
	r := &Runtime{
		cfg: cfg, engine: engine, vm: shared,
		owned:    make(map[*vm]struct{}),
		inflight: make(map[int32]*invocation),
		consoles: newConsoles(),
		tallies:  make(map[contextKey]tally),
	}
	r.watchdog.grace, r.watchdog.stuck, r.watchdog.unbegun = cfg.Grace, r.stuck, cfg.Unbegun
	if r.watchdog.grace == 0 {
		r.watchdog.grace = defaultGrace
	}
	r.contexts = contexts{max: cfg.MaxContexts, live: cfg.Live, byKey: make(map[contextKey][]*jsContext)}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r, nil
}

// Invoke starts inv in fn and runs until it settles or first waits. done is called
// exactly once, unless the runtime is condemned before: then Abandon hands the
// invocation back. A *CondemnedError says that the isolate is lost.
func (r *Runtime) Invoke(inv *function.Invocation, fn *bundle.Function, done Done) error {
	if r.closed {
		return ErrClosed
	}
	r.lastID++
	i := &invocation{id: r.lastID, inv: inv, fn: fn, done: done, began: time.Now()}
	r.recorded(i)
	r.inflight[i.id] = i
	if err := r.enterContext(i); err != nil {
		return err
	}
	if i.context == nil {
		return nil // the function could not be loaded, and was answered
	}
	start, err := startOf(i)
	if err != nil {
		r.settleFailure(i, function.Failure(function.BadRequest, err.Error()))
		return nil
	}
	return r.enter(i, i.context, func() error { return i.context.realm.Begin(start) })
}

// Handle takes a posted event and runs what it woke. Events of what is gone
// (settled invocations, evicted contexts) are dropped.
func (r *Runtime) Handle(ev Event) error {
	if r.closed {
		return nil
	}
	i := ev.invocation
	if i == nil || r.inflight[i.id] != i {
		return nil
	}
	i.awaited(ev.at)
	switch ev.kind {
	case eventDeadline:
		i.note(tape.Entry{Kind: tape.Deadline})
		wall := function.LimitError{
			Kind: function.LimitWall, Limit: i.expires().Sub(i.began).Round(time.Millisecond).String(),
			Used: time.Since(i.began).Round(time.Millisecond).String(),
		}
		return r.abort(i, AbortTimeout, function.Failure(function.Timeout, wall.Message()))
	case eventCompletion:
		if _, waiting := i.operations[ev.completion.Op]; !waiting {
			r.playDropped(i, ev.completion.Op)
			return nil
		}
		if r.cfg.Play != nil && !r.played(i, &ev) {
			return nil
		}
		i.operations[ev.completion.Op].stop()
		delete(i.operations, ev.completion.Op)
		if i.record != nil {
			i.record.End(ev.completion.Op, ev.completion.Text, ev.completion.Bytes, ev.completion.Err)
		}
		if i.computed(); i.cpu > i.fn.Manifest.Limits.CPU {
			return r.abort(i, AbortCanceled, function.Failure(function.ExceededCPU, r.cpuError(i, i.cpu).Message()))
		}
		return r.enter(i, i.context, func() error { return i.context.realm.Complete(ev.completion) })
	default:
		return nil
	}
}

// CancelAll answers every invocation in flight with canceled, aborting its signal
// and its IO.
func (r *Runtime) CancelAll(message string) error {
	return r.cancelThose(message, func(*invocation) bool { return true })
}

// CancelKept is CancelAll for invocations that are for messages of streams (Invocation.Kept)
// and not answered.
func (r *Runtime) CancelKept(message string) error {
	return r.cancelThose(message, func(i *invocation) bool { return i.inv.Kept && i.done != nil })
}

// Said is what invocations in flight have said of messages, in turns that have ended, by what
// Invoke was given. The caller owns it. It may be called from any goroutine, at any time.
func (r *Runtime) Said() map[*function.Invocation][]function.Verdict { return r.said.all() }

func (r *Runtime) cancelThose(message string, which func(*invocation) bool) error {
	for _, i := range r.inflight {
		if r.closed {
			return nil
		}
		if !which(i) {
			continue
		}
		if err := r.abort(i, AbortCanceled, function.Failure(function.Canceled, message)); err != nil {
			return err
		}
	}
	return nil
}

// Inflight returns the number of invocations that have not settled, including those
// answered whose ctx.waitUntil promises are pending.
func (r *Runtime) Inflight() int { return len(r.inflight) }

// Warm reports whether a context for this version of the function is loaded.
func (r *Runtime) Warm(name, version string) bool {
	for _, light := range [2]bool{false, true} {
		if len(r.contexts.byKey[contextKey{name, version, light}]) > 0 {
			return true
		}
	}
	return false
}

// Spent returns the time that turns took on their thread since it was last asked. What
// one turn cost is asked for after it.
func (r *Runtime) Spent() time.Duration {
	spent := r.spent
	r.spent = 0
	return spent
}

// Memory tells what the isolate holds that functions share, or, where they share none,
// what all of theirs hold.
func (r *Runtime) Memory() Memory {
	switch {
	case r.closed:
		return Memory{}
	case r.vm != nil:
		return r.vm.isolate.Memory()
	}
	var all Memory
	for own := range r.owned {
		m := own.isolate.Memory()
		all.Heap, all.HeapLimit, all.External = all.Heap+m.Heap, all.HeapLimit+m.HeapLimit, all.External+m.External
		all.Contexts += m.Contexts
	}
	return all
}

// Abandon empties the runtime and returns what was in flight and not answered; the
// caller owns their answers now. To be called after a *CondemnedError.
func (r *Runtime) Abandon() []Abandoned {
	var all []Abandoned
	for id, i := range r.inflight {
		i.release()
		r.said.forget(i)
		delete(r.inflight, id)
		if i.done != nil {
			all = append(all, Abandoned{Invocation: i.inv, Function: i.fn, Done: i.done, Verdicts: i.verdicts})
			i.done = nil
		}
	}
	return all
}

// Close disposes of the isolate. What is in flight is answered canceled first. It is
// idempotent and waits for the runtime's goroutines.
func (r *Runtime) Close() error {
	if r.disposed {
		return nil
	}
	r.disposed = true
	for _, i := range r.inflight {
		r.answer(i, function.Failure(function.Canceled, "the runtime was closed"))
	}
	r.Abandon()
	r.closed = true
	r.endSamples()
	r.cancel()
	r.wg.Wait()
	for own := range r.owned {
		own.dispose()
	}
	clear(r.owned)
	if r.vm != nil {
		r.vm.dispose()
	}
	return nil
}

// answer gives a result to whoever waits for i, once.
func (r *Runtime) answer(i *invocation, result *function.Result) {
	if i.done == nil {
		return
	}
	done := i.done
	i.done = nil
	now, cpu := r.turnEnded, i.cpu
	turn := cpu // in a volley it is the first
	if now.IsZero() {
		now, turn = time.Now(), 0
		if r.turn == i {
			turn = now.Sub(r.turnBegan)
			cpu += turn
		}
	}
	if turn > longTurn && i.context != nil { // to ask takes microseconds
		i.heap = max(i.heap, i.context.vm.isolate.Memory().Heap)
	}
	result.Receipt = function.Receipt{
		Wall: now.Sub(i.began), CPU: cpu, IO: i.io, Heap: i.heap, Cold: i.cold, Version: i.fn.Version,
		Node: r.cfg.Node, Runtime: r.cfg.ID, Attempts: i.inv.Attempt,
	}
	result.Verdicts = i.verdicts
	if result.Outcome == function.OK {
		result.State, result.Alarm = i.state, i.alarm
	}
	r.finishRecord(i, result)
	done(result)
}

// errorsAsScript is errors.As for the one error that a function is to blame for
// without being stopped.
func errorsAsScript(err error) *function.ScriptError {
	script, _ := errors.AsType[*function.ScriptError](err)
	return script
}
