package node

import (
	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// faultyRuntime panics where a call of one function would begin, as a fault in the host's
// own code would: runtimes.faulty, which experiments with supervision set.
type faultyRuntime struct {
	*jsruntime.Runtime
	name string
}

// Invoke implements actors.Runtime.
func (r *faultyRuntime) Invoke(inv *function.Invocation, fn *bundle.Function, done jsruntime.Done) error {
	r.check(fn)
	return r.Runtime.Invoke(inv, fn, done)
}

// InvokeAll implements actors.Runtime.
func (r *faultyRuntime) InvokeAll(calls []jsruntime.Call, fn *bundle.Function) error {
	r.check(fn)
	return r.Runtime.InvokeAll(calls, fn)
}

func (r *faultyRuntime) check(fn *bundle.Function) {
	if fn.Name == r.name {
		panic("runtimes.faulty names " + fn.Name)
	}
}
