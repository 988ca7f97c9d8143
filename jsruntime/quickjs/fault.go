package quickjs

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/isolane/isolane/jsruntime"
)

// ErrFault is wrapped by the errors of an isolate whose engine, or a function of the host
// that it called, has failed. Nothing can be run in it any more.
var ErrFault = errors.New("quickjs: the engine failed")

// guard runs f, in which the engine runs, on memory that Go knows nothing of: where that
// faults, the isolate is lost, and nothing else. It returns jsruntime.ErrTerminated where
// the isolate was stopped, whatever f returns.
func (i *isolate) guard(f func() error) (err error) {
	if i.faulted {
		return ErrFault
	}
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if v := recover(); v != nil {
			i.fail(v)
			err = fmt.Errorf("%w: %v\n%s", ErrFault, v, debug.Stack())
		}
	}()
	err = f()
	if i.faulted {
		return fmt.Errorf("%w: a function of the host: %w", ErrFault, err)
	}
	if i.stopped.Load() {
		return jsruntime.ErrTerminated
	}
	return err
}

// fail gives the isolate up.
func (i *isolate) fail(any) {
	i.faulted = true
	i.stopped.Store(true)
}
