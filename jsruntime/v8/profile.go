package v8

import (
	"errors"

	"github.com/isolane/isolane/jsruntime"
)

var _ jsruntime.Profiler = (*isolate)(nil)

// errProfile says that V8 gave no profile, or one that is too large.
var errProfile = errors.New("v8: no profile was made, or it is too large: take a shorter one")

// StartProfile implements jsruntime.Profiler.
func (i *isolate) StartProfile(samples int) error {
	if i.iso == nil || !i.native.profile(samples) {
		return errProfile
	}
	return nil
}

// Sample implements jsruntime.Profiler.
func (i *isolate) Sample() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.iso != nil {
		i.native.sample()
	}
}

// StopProfile implements jsruntime.Profiler.
func (i *isolate) StopProfile(most int) ([]byte, error) {
	if i.iso == nil {
		return nil, errProfile
	}
	text := i.native.endProfile(most)
	if text == nil {
		return nil, errProfile
	}
	return text, nil
}
