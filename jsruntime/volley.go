package jsruntime

import (
	"time"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// volleyPace is how long the turns of a volley may take before no further one begins. What
// waits in a volley waits for its turns, whoever else is free.
const volleyPace = 100 * time.Microsecond

// Call is one invocation of a volley.
type Call struct {
	Invocation *function.Invocation
	// Done is as for Invoke.
	Done Done
}

// Volleyer is a Realm that begins several invocations in one entry, one after another, each
// in a turn of its own as Begin's is. Prepare, BeginAll, and NextOf until there is no more
// follow upon one another, with nothing else of the isolate between them.
type Volleyer interface {
	// Prepare takes what BeginAll is to begin. It reports false, having done nothing, where
	// each should be begun by itself.
	Prepare(starts []Start) bool
	// BeginAll begins what was prepared, and returns how many it began: at least one, and no
	// further one when the turns took pace, or one failed, or the isolate holds more than
	// swelled bytes outside its heap. The error is as for Begin, and the last one's.
	BeginAll(pace time.Duration, swelled uint64) (begun int, err error)
	// TakeBack has BeginAll begin no more. It returns how many have begun, and when the last
	// of them did, since BeginAll was called. It may be called from any goroutine, between
	// Prepare and the return of BeginAll.
	TakeBack() (begun int, began time.Duration)
	// Turn tells when turn i, from 0, began and ended, since BeginAll was called.
	Turn(i int) (began, ended time.Duration)
	// NextOf returns the oldest record that is left, and the turn that it is of; false when
	// there is none.
	NextOf() (turn int, record Record, ok bool)
}

// InvokeAll is Invoke for several invocations of one function, in their order, with one
// entry into the engine where that can be. There is at least one of them. Those that it does
// not begin, since the others took too long or the isolate is lost, go back to the caller by
// Config.Unbegun, and their Done is not called.
func (r *Runtime) InvokeAll(calls []Call, fn *bundle.Function) error {
	if len(calls) > 1 && !r.closed && r.cfg.Unbegun != nil && fn.Manifest.Isolation == function.Warm && !records(fn.Manifest) && r.cfg.Play == nil {
		if x := r.contexts.find(contextKey{fn.Name, fn.Version, r.light(fn)}); x != nil {
			if volleyer, ok := x.realm.(Volleyer); ok {
				if turns := r.prepare(calls, fn, x, volleyer); turns != nil {
					return r.enterAll(turns, x, volleyer)
				}
			}
		}
	}
	if len(calls) > 1 && r.cfg.Unbegun != nil {
		r.cfg.Unbegun(1)
	}
	return r.Invoke(calls[0].Invocation, fn, calls[0].Done)
}

// prepare puts the calls in flight in x, unless they should be begun one by one: then it
// returns nil and has done nothing.
func (r *Runtime) prepare(calls []Call, fn *bundle.Function, x *jsContext, volleyer Volleyer) []*invocation {
	now := time.Now()
	turns := make([]*invocation, len(calls))
	made := make([]invocation, len(calls))
	r.starts = r.starts[:0]
	for n, c := range calls {
		i := &made[n]
		*i = invocation{id: r.lastID + int32(n) + 1, inv: c.Invocation, fn: fn, done: c.Done, began: now, context: x}
		start, err := startOf(i)
		if err != nil {
			return nil
		}
		turns[n] = i
		r.starts = append(r.starts, start)
	}
	if !volleyer.Prepare(r.starts) {
		return nil
	}
	clear(r.starts)
	r.lastID += int32(len(calls))
	for _, i := range turns {
		r.inflight[i.id] = i
		r.contexts.join(x)
	}
	return turns
}

// enterAll runs the turns of a volley under the watchdog, and does what JavaScript asked for
// in each.
func (r *Runtime) enterAll(turns []*invocation, x *jsContext, volleyer Volleyer) error {
	limits := turns[0].fn.Manifest.Limits
	swelled := x.vm.swellsAt(x.vm.isolate.External(), limits.Buffers)
	began := turns[0].began
	budget, wall := max(limits.CPU, time.Microsecond), limits.Wall+limits.CPU
	r.watchdog.armAll(began, turns[0], &rest{volleyer, turns}, x.vm.isolate, budget, wall)
	begun, err := volleyer.BeginAll(volleyPace, swelled)
	fired, looked, tookBack, spent := r.watchdog.disarmAll()
	if begun < len(turns) {
		for _, i := range turns[begun:] {
			r.forget(i)
		}
		if !tookBack {
			r.cfg.Unbegun(begun)
		}
		turns = turns[:begun]
	}
	last := turns[begun-1]
	for n, i := range turns {
		from, to := volleyer.Turn(n)
		i.began, i.cpu = began.Add(from), to-from
		if i == last && looked {
			i.cpu = spent
		}
		r.spent += i.cpu
	}
	r.turns += uint(begun)
	if failed, err := r.emptyAll(turns, x, volleyer, err != nil || fired); err != nil {
		return r.stopped(failed, x, false, err)
	}
	if err != nil || fired {
		return r.stopped(last, x, fired, err)
	}
	if last.cpu > longTurn || r.turns%lookEvery < uint(begun) || x.vm.swelled(limits.Buffers) {
		return r.lookAtMemory(last, x)
	}
	return nil
}

// emptyAll does what JavaScript asked for in the turns of a volley, but not in the last one
// where that was lost. It stops where a record cannot be obeyed, and returns whose that is.
func (r *Runtime) emptyAll(turns []*invocation, x *jsContext, volleyer Volleyer, lost bool) (*invocation, error) {
	defer func() { r.turn, r.turnEnded = nil, time.Time{} }()
	r.turnBegan = time.Time{}
	for {
		n, record, ok := volleyer.NextOf()
		if !ok {
			break
		}
		i := turns[n]
		if lost && n == len(turns)-1 {
			continue
		}
		r.turn, r.turnEnded = i, i.began.Add(i.cpu)
		if err := r.obey(x, record, n == len(turns)-1); err != nil {
			return i, err
		}
	}
	for n, i := range turns {
		if !lost || n < len(turns)-1 {
			r.finishTurn(i, i.began.Add(i.cpu))
		}
	}
	return nil, nil
}
