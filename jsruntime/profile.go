package jsruntime

import (
	"errors"
	"time"
)

var (
	// ErrNoProfile says that an isolate cannot be profiled, or is not.
	ErrNoProfile = errors.New("no profile of this isolate")
	// ErrProfiling says that a profile of the isolate goes on.
	ErrProfiling = errors.New("a profile of this isolate goes on already")
)

// maxProfile bounds a profile as the engine writes it, in bytes.
const maxProfile = 32 << 20

// profiling is a profile that goes on: a goroutine asks for its samples.
type profiling struct {
	of    Profiler
	end   chan struct{}
	ended chan struct{}
}

// StartProfile begins a CPU profile of the isolate that functions share, or of the only one
// of a dedicated function, with a sample each every, and at most so many. While none goes on
// nothing is paid for it. The owner calls it, between turns. The error wraps ErrNoProfile,
// ErrProfiling or ErrClosed.
func (r *Runtime) StartProfile(every time.Duration, samples int) error {
	switch {
	case r.closed:
		return ErrClosed
	case r.profile != nil:
		return ErrProfiling
	case r.vm == nil:
		return ErrNoProfile
	}
	of, ok := r.vm.isolate.(Profiler)
	if !ok {
		return ErrNoProfile
	}
	if err := of.StartProfile(samples); err != nil {
		return errors.Join(ErrNoProfile, err)
	}
	p := &profiling{of: of, end: make(chan struct{}), ended: make(chan struct{})}
	r.profile = p
	go p.run(every)
	return nil
}

// run asks for samples until the profile ends.
func (p *profiling) run(every time.Duration) {
	defer close(p.ended)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.of.Sample()
		case <-p.end:
			return
		}
	}
}

// StopProfile ends the profile and returns it: see Profiler.StopProfile.
func (r *Runtime) StopProfile() ([]byte, error) {
	p := r.profile
	if p == nil {
		return nil, ErrNoProfile
	}
	r.endSamples()
	return p.of.StopProfile(maxProfile)
}

// endSamples ends the goroutine of a profile, if there is one.
func (r *Runtime) endSamples() {
	if p := r.profile; p != nil {
		r.profile = nil
		close(p.end)
		<-p.ended
	}
}
