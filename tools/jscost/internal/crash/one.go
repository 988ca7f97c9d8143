package crash

import (
	"context"
	"fmt"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/internal/owner"
)

// set is the functions of a soak.
type set struct {
	kinds          []Kind
	crashers       []*bundle.Function // one for each kind
	hello, waiting *bundle.Function
}

func newSet(ctx context.Context) (set, error) {
	s := set{kinds: Kinds()}
	for _, k := range s.kinds {
		fn, err := owner.Bundle(ctx, k.Name, k.source, function.Manifest{Limits: k.limits})
		if err != nil {
			return s, err
		}
		s.crashers = append(s.crashers, fn)
	}
	var err error
	if s.hello, err = owner.Bundle(ctx, "hello", owner.Hello, function.Manifest{}); err != nil {
		return s, err
	}
	s.waiting, err = owner.Bundle(ctx, "waiting", waitingSource, function.Manifest{})
	return s, err
}

// rounds is the number of crashes, n or a few more, in which each kind has as many turns as any other.
func (s *set) rounds(n int) int {
	kinds := len(s.kinds)
	return (n + kinds - 1) / kinds * kinds
}

// crash makes one runtime fail, checks the answers of the culprit and of those beside
// it, and that a call is served afterwards.
func (s *soak) crash(ctx context.Context, o *owner.Owner, number int64) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	at := int(number % int64(len(s.set.kinds)))
	kind, fn := s.set.kinds[at], s.set.crashers[at]
	id := fmt.Sprint(number)

	beside := make(chan *function.Result, 2*kind.waiting) // room for answers too many
	for n := range kind.waiting {
		inv := owner.Invocation(fmt.Sprint(id, "-", n), s.set.waiting, "")
		o.Begin(inv, s.set.waiting, func(r *function.Result) { beside <- r }) //nolint:contextcheck // what a runtime starts lives as long as the runtime
	}
	got, err := o.Call(ctx, owner.Invocation(id, fn, ""), fn)
	if err != nil {
		return err
	}
	s.count(kind, got.Outcome)
	if got.Outcome != kind.Outcome {
		return fmt.Errorf("crash %d, %s: outcome %s, want %s: %s", number, kind.Name, got.Outcome, kind.Outcome, got.Message)
	}
	reply, err := o.Call(ctx, owner.Invocation(id+"-hello", s.set.hello, "Ada"), s.set.hello)
	if err != nil {
		return err
	}
	if reply.Outcome != function.OK || string(reply.Body) != "hello Ada" {
		return fmt.Errorf("after crash %d, %s: a call got %s %q: %s", number, kind.Name, reply.Outcome, reply.Body, reply.Message)
	}
	// The call came after the runtime was replaced, so these are answered.
	if len(beside) != kind.waiting {
		return fmt.Errorf("crash %d, %s: %d answers for %d invocations beside it", number, kind.Name, len(beside), kind.waiting)
	}
	for range kind.waiting {
		if r := <-beside; r.Outcome != function.Crashed {
			return fmt.Errorf("crash %d, %s: an invocation beside it got %s", number, kind.Name, r.Outcome)
		}
	}
	return nil
}

func (s *soak) count(k Kind, o function.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ends[k.Name] == nil {
		s.ends[k.Name] = make(map[function.Outcome]int)
	}
	s.ends[k.Name][o]++
}
