package actors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/isolane/isolane/jsruntime"
)

// ErrNotProfiled says that a function cannot be profiled.
var ErrNotProfiled = errors.New("actors: no profile")

const (
	// profileEvery is how long it is between two samples of a profile, maxSamples bounds how
	// many one of an isolate has.
	profileEvery = time.Millisecond
	maxSamples   = 100_000
)

// Profile is where the JavaScript of one runtime spent its time.
type Profile struct {
	// Runtime is the number of the runtime, Raw what its isolate says: see
	// jsruntime.Profiler.
	Runtime int
	Raw     []byte
}

// profiler is a Runtime whose isolate can be profiled.
type profiler interface {
	StartProfile(every time.Duration, samples int) error
	StopProfile() ([]byte, error)
}

var _ profiler = (*jsruntime.Runtime)(nil)

// profile has a runtime actor begin or end a profile, between turns.
type profile struct {
	quietly
	start bool
	// run tells the profile that is ended from somebody else's.
	run   *profileRun
	reply chan<- profiled
}

// profileRun is one call of Profile; it is not of size 0, so that each has an address.
type profileRun struct{ _ byte }

// profiled is what came of it.
type profiled struct {
	id  int
	raw []byte
	err error
}

// Profile samples the runtimes that serve a function for as long as during says, each of them
// by itself, and returns what those say that were there from the beginning to the end. A
// runtime that is in a long turn begins when that ends. It blocks for that time, and ends
// earlier, without a profile, when ctx is done. Safe for concurrent use; a runtime has one
// profile at a time. The error wraps ErrNotProfiled.
func (p *Pool) Profile(ctx context.Context, name string, during time.Duration) ([]Profile, error) {
	pids := p.d.serving(name)
	if len(pids) == 0 {
		return nil, fmt.Errorf("%w: no runtime serves %s", ErrNotProfiled, name)
	}
	run := new(profileRun)
	begun, failed := p.each(ctx, pids, run, true)
	timer := time.NewTimer(during)
	defer timer.Stop()
	if len(begun) > 0 {
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	// Ended even where nobody waits for it any more.
	ended, also := p.each(ctx, pids, run, false)
	all := make([]Profile, 0, len(ended))
	for _, one := range ended {
		all = append(all, Profile{Runtime: one.id, Raw: one.raw})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrNotProfiled, errors.Join(failed, also))
	}
	return all, nil
}

// each has runtimes begin or end a profile, and returns what those say that could, and what one
// of the others said. Those that do not answer until ctx is done are left out.
func (p *Pool) each(ctx context.Context, pids []*actor.PID, run *profileRun, start bool) (done []profiled, failed error) {
	replies := make(chan profiled, len(pids))
	for _, pid := range pids {
		p.root.Send(pid, &profile{start: start, run: run, reply: replies})
	}
	for range pids {
		select {
		case one := <-replies:
			if one.err != nil {
				failed = one.err
				continue
			}
			done = append(done, one)
		case <-ctx.Done():
			return done, errors.Join(failed, ctx.Err())
		}
	}
	return done, failed
}

// serving are the actors of the runtimes that a function runs on.
func (d *dispatcher) serving(name string) []*actor.PID {
	d.mu.Lock()
	defer d.mu.Unlock()
	rec := d.registry.lookup(name)
	if rec == nil {
		return nil
	}
	var only *record
	if fn := rec.version(); fn != nil && fn.Manifest.Dedicated {
		only = rec
	}
	var pids []*actor.PID
	for _, s := range d.slots {
		if s.pid != nil && !s.stuck && s.only == only {
			pids = append(pids, s.pid)
		}
	}
	return pids
}

// profile begins or ends a profile of the isolate.
func (a *runtimeActor) profile(msg *profile) {
	out := profiled{id: a.slot.id, err: jsruntime.ErrNoProfile}
	if p, ok := a.rt.(profiler); ok {
		switch {
		case msg.start:
			if out.err = p.StartProfile(profileEvery, maxSamples); out.err == nil {
				a.profiled = msg.run
			}
		case a.profiled == msg.run:
			a.profiled = nil
			out.raw, out.err = p.StopProfile()
		}
	}
	msg.reply <- out // there is room for each
}
