package folder

import (
	"errors"
	"log/slog"
	"time"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// Change is what happened to one function.
//
//	Function   a new version; the first one, or another than before
//	Err        the function is broken: whoever runs an old version keeps it
//	Removed    the function is gone; Err may say what of it was left behind
//
// Removed is told of every name that was told of before, also where there never was a
// version that worked.
type Change struct {
	Name     string
	Function *bundle.Function
	Err      error
	Removed  bool
}

// Config says what Watch watches. Dir and OnChange are needed.
type Config struct {
	// Dir is the folder of functions.
	Dir string
	// Defaults are the limits of a manifest that names none.
	Defaults function.Limits
	// OnChange is called for each change, one call at a time, from the goroutine that
	// called Watch. While it runs, changes wait.
	OnChange func(Change)
	// Ready is called once, when OnChange has been told of every function that was
	// there at the beginning. It may be nil.
	Ready func()
	// Logger is told of what concerns the watching itself; nil discards it.
	Logger *slog.Logger

	// Quiet is how long nothing may change before a change is acted on, so that a save
	// in several steps counts once. Zero means 100 ms.
	Quiet time.Duration
	// MaxWait bounds how long changes that follow one another may put that off. Zero
	// means 500 ms.
	MaxWait time.Duration
	// PollInterval is how often the folder itself is looked after, and, where the
	// system cannot tell of changes, every file in it. Zero means 1 s.
	PollInterval time.Duration
	// Poll looks at every file even where the system could tell of changes. Network
	// file systems need it.
	Poll bool

	// notify makes the source of notifications; nil means fsnotify. Tests replace it.
	notify func() (*notifier, error)
}

// Validate reports everything that is wrong with the configuration.
func (c Config) Validate() error {
	var faults []error
	if c.Dir == "" {
		faults = append(faults, errors.New("folder: Config.Dir is empty"))
	}
	if c.OnChange == nil {
		faults = append(faults, errors.New("folder: Config.OnChange is nil"))
	}
	if c.Quiet < 0 || c.MaxWait < 0 || c.PollInterval < 0 {
		faults = append(faults, errors.New("folder: a duration of Config is negative"))
	}
	if c.MaxWait != 0 && c.MaxWait < c.Quiet {
		faults = append(faults, errors.New("folder: Config.MaxWait is shorter than Config.Quiet"))
	}
	return errors.Join(faults...)
}

// withDefaults fills in what the configuration leaves out.
func (c Config) withDefaults() Config {
	if c.Quiet == 0 {
		c.Quiet = 100 * time.Millisecond
	}
	if c.MaxWait == 0 {
		c.MaxWait = max(500*time.Millisecond, c.Quiet)
	}
	if c.PollInterval == 0 {
		c.PollInterval = time.Second
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Ready == nil {
		c.Ready = func() {}
	}
	if c.notify == nil {
		c.notify = newNotifier
	}
	return c
}
