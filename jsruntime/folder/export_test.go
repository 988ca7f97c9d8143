package folder

import (
	"time"

	"github.com/fsnotify/fsnotify"
)

// WithoutNotifications makes a Config whose system cannot set notifications up.
func WithoutNotifications(c Config, cause error) Config {
	c.notify = func() (*notifier, error) { return nil, cause }
	return c
}

// WithFailingAdd makes a Config whose system refuses to watch folders after the first
// n, as inotify does at its limit.
func WithFailingAdd(c Config, n int, cause error) Config {
	c.notify = func() (*notifier, error) {
		real, err := newNotifier()
		if err != nil {
			return nil, err
		}
		add := real.add
		real.add = func(dir string) error {
			if n--; n < 0 {
				return cause
			}
			return add(dir)
		}
		return real, nil
	}
	return c
}

// WithFailures makes a Config whose notifications are lost, but for the failures that
// the test sends.
func WithFailures(c Config, failures <-chan error) Config {
	c.notify = func() (*notifier, error) {
		none := func(string) error { return nil }
		return &notifier{add: none, remove: none, close: func() error { return nil }, events: make(chan fsnotify.Event), errors: failures}, nil
	}
	return c
}

// Debounce lets tests drive the decision without a clock.
type Debounce = debounce

// NewDebounce makes one.
func NewDebounce(quiet, most time.Duration) *Debounce { return &debounce{quiet: quiet, most: most} }

// Add and Due are the decision.
func (d *debounce) Add(now time.Time) { d.add(now) }

// Due is when to act.
func (d *debounce) Due() (time.Time, bool) { return d.due() }

// Reset forgets the changes.
func (d *debounce) Reset() { d.reset() }

// Concerns is the decision whether a change concerns what was made of inputs.
func Concerns(path string, inputs []string) bool { return concerns(path, inputs) }
