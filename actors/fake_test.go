package actors

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// fake is a Runtime without JavaScript: a script says what each invocation does. It
// keeps the contract of jsruntime.Runtime, and panics where the actor breaks it.
type fake struct {
	lab    *lab
	spec   RuntimeSpec
	inside atomic.Bool // to catch two goroutines in one isolate
	parked []jsruntime.Abandoned
	extra  int // answered, with a ctx.waitUntil pending
	// awaited are the requests that those in flight wait for, and others counts what else.
	awaited map[*function.Invocation][]int
	others  map[*function.Invocation]int
	warm    map[string]string
	// volley is how many of a volley have begun, 0 outside of one.
	volley   int
	gaveBack bool // the others
	dead     bool
	faulty   bool // Inflight panics
	wg       sync.WaitGroup

	mu    sync.Mutex
	ready []func() error // what Handle runs, one for each posted event
}

// run is one invocation in a fake, as its script sees it.
type run struct {
	f   *fake
	inv *function.Invocation
	fn  *bundle.Function
	// done answers and forgets the invocation.
	done jsruntime.Done
}

type script func(r run) error

func (f *fake) enter() func() {
	if !f.inside.CompareAndSwap(false, true) {
		panic("two goroutines in one isolate")
	}
	return func() { f.inside.Store(false) }
}

func (f *fake) Invoke(inv *function.Invocation, fn *bundle.Function, done jsruntime.Done) error {
	defer f.enter()()
	if f.dead {
		return jsruntime.ErrClosed
	}
	f.warm[fn.Name] = fn.Version
	f.parked = append(f.parked, jsruntime.Abandoned{Invocation: inv, Function: fn, Done: done})
	return f.lab.script(run{f: f, inv: inv, fn: fn, done: func(res *function.Result) {
		f.forget(inv)
		done(res)
	}})
}

// InvokeAll runs one after the other, and gives back what follows one that condemns the
// isolate. A script may do so before, with giveBack.
func (f *fake) InvokeAll(calls []jsruntime.Call, fn *bundle.Function) error {
	defer func() { f.volley, f.gaveBack = 0, false }()
	for n, c := range calls {
		f.volley = n + 1
		err := f.Invoke(c.Invocation, fn, c.Done)
		if f.gaveBack {
			return err
		}
		if err != nil {
			if n+1 < len(calls) {
				f.spec.Unbegun(n + 1)
			}
			return err
		}
	}
	return nil
}

// giveBack has the volley end with the invocation that runs, as the watchdog does: on
// another goroutine, while that goes on.
func (f *fake) giveBack() {
	if f.volley == 0 || f.gaveBack {
		return // it is alone
	}
	f.gaveBack = true
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.spec.Unbegun(f.volley)
	}()
	<-done
}

// say notes what inv, which is parked, said of the messages of its batch.
func (f *fake) say(inv *function.Invocation, verdicts ...function.Verdict) {
	for i := range f.parked {
		if f.parked[i].Invocation == inv {
			f.parked[i].Verdicts = verdicts
		}
	}
}

// said is what those that are parked said.
func (f *fake) said() map[*function.Invocation][]function.Verdict {
	all := map[*function.Invocation][]function.Verdict{}
	for _, p := range f.parked {
		all[p.Invocation] = p.Verdicts
	}
	return all
}

func (f *fake) forget(inv *function.Invocation) {
	for i, p := range f.parked {
		if p.Invocation == inv {
			f.parked = append(f.parked[:i], f.parked[i+1:]...)
			return
		}
	}
}

// later has step run in a turn of its own, as a completion from another goroutine.
func (f *fake) later(step func() error) {
	f.wg.Go(func() { f.now(step) })
}

// now posts step from the caller's goroutine.
func (f *fake) now(step func() error) {
	f.mu.Lock()
	f.ready = append(f.ready, step)
	f.mu.Unlock()
	f.spec.Post(jsruntime.Event{})
}

func (f *fake) Handle(jsruntime.Event) error {
	defer f.enter()()
	if f.dead {
		panic("an event reached a closed isolate")
	}
	f.mu.Lock()
	step := f.ready[0]
	f.ready = f.ready[1:]
	f.mu.Unlock()
	return step()
}

func (f *fake) CancelAll(message string) error {
	defer f.enter()()
	f.cancelAll(message)
	return nil
}

func (f *fake) CancelKept(message string) error {
	defer f.enter()()
	if f.lab.faulty {
		panic("an isolate that cannot be recalled")
	}
	for _, p := range slices.Clone(f.parked) {
		if p.Invocation.Kept {
			f.forget(p.Invocation)
			res := function.Failure(function.Canceled, message)
			res.Verdicts = p.Verdicts
			p.Done(res)
		}
	}
	return nil
}

// Said is read while a script runs: by then what it said is constant.
func (f *fake) Said() map[*function.Invocation][]function.Verdict { return f.said() }

// Requests are of those that wait for nothing else.
func (f *fake) Requests() map[*function.Invocation][]int {
	defer f.enter()()
	all := map[*function.Invocation][]int{}
	for _, p := range f.parked {
		if f.others[p.Invocation] == 0 && len(f.awaited[p.Invocation]) > 0 {
			all[p.Invocation] = slices.Clone(f.awaited[p.Invocation])
		}
	}
	return all
}

// await notes that inv waits for its nth request, or waits no more.
func (f *fake) await(inv *function.Invocation, n int, over bool) {
	if over {
		f.awaited[inv] = slices.DeleteFunc(f.awaited[inv], func(o int) bool { return o == n })
		return
	}
	f.awaited[inv] = append(f.awaited[inv], n)
}

func (f *fake) cancelAll(message string) {
	for _, p := range f.Abandon() {
		p.Done(function.Failure(function.Canceled, message))
	}
}

func (f *fake) Inflight() int {
	if f.faulty {
		panic("inflight is broken")
	}
	return len(f.parked) + f.extra
}

func (f *fake) Spent() time.Duration { return f.lab.cost }

func (f *fake) Warm(name, version string) bool { return f.warm[name] == version }

func (f *fake) Abandon() []jsruntime.Abandoned {
	parked := f.parked
	f.parked, f.extra = nil, 0
	return parked
}

func (f *fake) Close() error {
	if f.dead {
		return nil
	}
	f.cancelAll("closed")
	f.dead = true
	f.wg.Wait()
	f.lab.alive.Add(-1)
	return f.lab.closeErr
}

// The scripts.

func okay() *function.Result { return &function.Result{Outcome: function.OK} }

// echo answers at once.
func echo(r run) error {
	r.done(okay())
	return nil
}

// async answers in a later turn.
func async(r run) error {
	r.f.later(func() error {
		r.done(okay())
		return nil
	})
	return nil
}

// park never answers by itself.
func park(run) error { return nil }

// condemn answers as the culprit and ends the isolate.
func condemn(r run) error {
	r.done(function.Failure(function.ExceededMemory, "heap limit"))
	return condemnedBy(r)
}

func condemnedBy(r run) error {
	return &jsruntime.CondemnedError{
		Function: r.inv.Function, Version: r.fn.Version, Invocation: r.inv.ID, Culprit: r.inv,
		Outcome: function.ExceededMemory, Cause: &function.LimitError{Kind: function.LimitHeap, Limit: "128 MiB"},
	}
}

// endless is the script of an invocation that cannot be stopped: it reports itself, and
// goes on until release is closed. Then it answers, too late, and returns what it
// reported.
func endless(release <-chan struct{}) script {
	return func(r run) error {
		why := &jsruntime.CondemnedError{
			Function: r.inv.Function, Version: r.fn.Version, Invocation: r.inv.ID, Culprit: r.inv,
			Outcome: function.ExceededCPU, Cause: &function.LimitError{Kind: function.LimitCPU, Limit: "1s", Used: "3s"},
			Said: r.f.said(),
		}
		r.f.wg.Go(func() { r.f.spec.Stuck(why) })
		<-release
		r.done(okay())
		return why
	}
}

var errFactory = errors.New("no memory for an isolate")
