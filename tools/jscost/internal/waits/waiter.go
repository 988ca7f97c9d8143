package waits

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/internal/owner"
)

// The functions wait for what their message names: some milliseconds, or a URL.
const (
	timerSource = `export default async (m) => { await new Promise((resolve) => setTimeout(resolve, Number(m.text()))); return "waited"; }`
	fetchSource = `export default async (m) => (await fetch(m.text())).text()`
)

// waiter is the function that waits.
type waiter struct {
	cfg Config
	fn  *bundle.Function
}

func newWaiter(ctx context.Context, cfg Config) (waiter, error) {
	manifest := function.Manifest{Limits: function.Limits{Wall: 10 * time.Minute, Inflight: cfg.Invocations}}
	var source string
	switch cfg.Kind {
	case Timers:
		source = timerSource
	case Fetches:
		if cfg.URL == "" {
			return waiter{}, errNoURL
		}
		source = fetchSource
		manifest.Permissions.Net = []string{"127.0.0.1:*"}
	default:
		return waiter{}, fmt.Errorf("nothing waits for %q", cfg.Kind)
	}
	fn, err := owner.Bundle(ctx, "waiter", source, manifest)
	return waiter{cfg, fn}, err
}

// now is an invocation that hardly waits.
func (w waiter) now() *function.Invocation {
	if w.cfg.Kind == Fetches {
		return owner.Invocation("now", w.fn, w.cfg.URL+pathNow)
	}
	return owner.Invocation("now", w.fn, "0")
}

// wait is the invocation number n.
func (w waiter) wait(n int) *function.Invocation {
	if w.cfg.Kind == Fetches {
		return owner.Invocation(strconv.Itoa(n), w.fn, w.cfg.URL+pathPage)
	}
	return owner.Invocation(strconv.Itoa(n), w.fn, strconv.FormatInt(w.cfg.Timer.Milliseconds(), 10))
}
