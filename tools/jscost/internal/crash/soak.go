package crash

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/internal/owner"
	"github.com/isolane/isolane/tools/jscost/internal/process"
)

// Config says how long a soak is.
type Config struct {
	// Crashes is how many there are at least, and Every after how many a row is taken at least: rows
	// are taken when each kind has had as many turns as any other, since some leave a larger heap
	// behind than others, which would look like growth.
	Crashes, Every int
	// Owners is how many runtimes crash at the same time.
	Owners int
	// Patience bounds the wait for one answer, and for the process to settle at the
	// end; what takes longer is a fault.
	Patience time.Duration
}

// Row is what the process used after some crashes, when nothing ran.
type Row struct {
	Crashes        int
	Sample         process.Sample
	Made, Disposed int64
	Took           time.Duration
}

// Result is what came of a soak.
type Result struct {
	Rows []Row
	// Ends counts the crashes by kind and outcome.
	Ends map[string]map[function.Outcome]int
	// Lost is how many runtimes were replaced.
	Lost int64
}

// crashHeap and crashBuffers are the limits of an isolate that is to be filled.
const (
	crashHeap    = 16 * function.MiB
	crashBuffers = 16 * function.MiB
)

// Soak crashes runtimes and calls row whenever Every crashes are over. Each error says
// what must not have happened: a wrong outcome, a call that was not served after a
// crash, something that was kept. The result is valid beside errors.
func Soak(ctx context.Context, cfg Config, row func(Row)) (Result, error) {
	before, err := process.Take()
	if err != nil {
		return Result{}, err
	}
	s := &soak{cfg: cfg, engine: owner.NewEngine(), ends: make(map[string]map[function.Outcome]int)}
	if s.set, err = newSet(ctx); err != nil {
		return Result{}, err
	}
	result := Result{Ends: s.ends}
	crashes, every := s.set.rounds(cfg.Crashes), s.set.rounds(cfg.Every)
	for done := 0; err == nil && done < crashes; {
		began := time.Now()
		done = min(done+every, crashes)
		lost, failed := s.leg(ctx, int64(done))
		err = failed
		result.Lost += lost
		r := Row{Crashes: int(s.next.Load()), Took: time.Since(began)}
		var sampled error
		if r.Sample, sampled = process.Take(); sampled != nil {
			err = errors.Join(err, sampled)
		}
		r.Made, r.Disposed = s.engine.Isolates()
		result.Rows = append(result.Rows, r)
		row(r)
	}
	return result, errors.Join(err, s.verify(ctx, before, result.Lost))
}

// leg crashes runtimes of its own until there have been so many crashes, and closes them: what an
// isolate in use has grown to, which depends on what ran there last, would hide what stays.
func (s *soak) leg(ctx context.Context, end int64) (lost int64, err error) {
	owners, err := s.start() //nolint:contextcheck // what a runtime starts lives as long as the runtime
	if err == nil {
		err = s.crashUntil(ctx, owners, end)
	}
	for _, o := range owners {
		err = errors.Join(err, o.Close())
		lost += o.Lost()
		if n := o.Stuck(); n > 0 {
			err = errors.Join(err, fmt.Errorf("%d turns could not be stopped", n))
		}
	}
	return lost, err
}

type soak struct {
	cfg    Config
	engine *owner.Engine
	set    set
	next   atomic.Int64 // the number of the next crash

	mu   sync.Mutex
	ends map[string]map[function.Outcome]int // guarded by mu
}

func (s *soak) start() ([]*owner.Owner, error) {
	var owners []*owner.Owner
	for id := range s.cfg.Owners {
		cfg := owner.Config(id)
		cfg.Limits.Heap, cfg.Limits.Buffers = crashHeap, crashBuffers
		o, err := owner.Start(cfg, s.engine)
		if err != nil {
			return owners, err
		}
		owners = append(owners, o)
	}
	return owners, nil
}

// crashUntil crashes the owners at the same time, until there have been so many.
func (s *soak) crashUntil(ctx context.Context, owners []*owner.Owner, end int64) error {
	errs := make([]error, len(owners))
	var wg sync.WaitGroup
	for n, o := range owners {
		wg.Go(func() {
			for errs[n] == nil {
				number := s.next.Add(1) - 1
				if number >= end {
					s.next.Add(-1)
					return
				}
				errs[n] = s.crash(ctx, o, number)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// verify checks what is left when every owner is closed.
func (s *soak) verify(ctx context.Context, before process.Sample, lost int64) error {
	var errs []error
	if made, disposed := s.engine.Isolates(); made != disposed {
		errs = append(errs, fmt.Errorf("%d of %d isolates were not disposed of", made-disposed, made))
	}
	want := int64(0)
	for _, k := range s.set.kinds {
		for _, n := range s.ends[k.Name] {
			if k.Lost {
				want += int64(n)
			}
		}
	}
	if lost != want {
		errs = append(errs, fmt.Errorf("%d runtimes were lost, where %d crashes cost theirs", lost, want))
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	return errors.Join(errors.Join(errs...), process.Settle(ctx, before))
}
