package jsruntime

import (
	"fmt"
	"strings"
	"time"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/promote"
)

// maxTallies is after how many functions what they took is forgotten.
const maxTallies = 4096

// tally is what the calls of one version took in the light engine.
type tally struct {
	spent time.Duration
	calls int
}

// light reports whether the next call of fn runs in the light engine.
func (r *Runtime) light(fn *bundle.Function) bool {
	if r.cfg.Light == nil {
		return false
	}
	switch fn.Manifest.Engine {
	case function.EngineQuickJS:
		return true
	case function.EngineAuto:
		return !promote.Decide(r.cfg.Promote, r.stateOf(fn))
	case function.EngineV8:
	}
	return false
}

// stateOf is what the decision about fn's engine needs. Without a warm instance what
// there was before does not count.
func (r *Runtime) stateOf(fn *bundle.Function) promote.State {
	heavy := contextKey{name: fn.Name, version: fn.Version}
	light := contextKey{name: fn.Name, version: fn.Version, light: true}
	s := promote.State{
		Pinned: fn.Bundle.Pinned(), Fresh: fn.Manifest.Isolation != function.Warm,
		Heavy: len(r.contexts.byKey[heavy]), Light: len(r.contexts.byKey[light]),
	}
	for _, x := range r.contexts.byKey[light] {
		if x.inflight > 0 {
			s.Busy++
		}
	}
	if !s.Fresh && s.Light == 0 {
		delete(r.tallies, light)
	}
	t := r.tallies[light]
	s.Spent, s.Calls = t.spent, t.calls
	return s
}

// count notes what a turn of i took in the light engine.
func (r *Runtime) count(i *invocation, x *jsContext, spent time.Duration) {
	if !x.key.light || i.fn.Manifest.Engine != function.EngineAuto {
		return
	}
	if len(r.tallies) >= maxTallies {
		clear(r.tallies)
	}
	t := r.tallies[x.key]
	t.spent += spent
	if !i.counted {
		i.counted = true
		t.calls++
	}
	r.tallies[x.key] = t
}

// promoted drops the light instances of what goes on in the heavy engine; those in use
// end with their call.
func (r *Runtime) promoted(key contextKey) {
	for _, x := range r.contexts.each() {
		if x.key.light && x.key.name == key.name && x.key.version == key.version {
			r.contexts.forget(x)
			x.fresh = true
			x.retire()
		}
	}
}

// pinned says why fn cannot run in the engine that its manifest asks for.
func pinned(fn *bundle.Function) error {
	if fn.Manifest.Engine != function.EngineQuickJS {
		return nil
	}
	if pins := fn.Bundle.Pins(); len(pins) > 0 {
		return fmt.Errorf("%w: engine: quickjs: the function names %s, which that engine does not have: use engine: v8, or auto, or do without it", ErrUnsupported, strings.Join(pins, " and "))
	}
	return nil
}
