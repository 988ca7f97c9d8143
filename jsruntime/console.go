package jsruntime

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/time/rate"

	"github.com/isolane/isolane/jsruntime/function"
)

const (
	// consoleWindow is the time over which console output is averaged, and after
	// which it is told how much was cut.
	consoleWindow = 5 * time.Second
	// consoleLine is how much of a line counts as one.
	consoleLine = int(function.KiB)
	// maxConsoles is after how many functions those that print nothing are forgotten.
	maxConsoles = 1024
)

// consoles are the token buckets of one isolate, one for each function. Safe for
// concurrent use.
type consoles struct {
	mu     sync.Mutex
	byName map[string]*console // guarded by mu
}

// console is the bucket of one function.
type console struct {
	limiter *rate.Limiter
	// cut is what was cut since it was last told.
	cut consoleCut
	// due reports that a goroutine will tell.
	due bool
}

// consoleCut is console output that was dropped.
type consoleCut struct {
	lines int
	bytes uint64
	limit int // lines a second
}

// String says how much was cut, and what to do.
func (c consoleCut) String() string {
	return fmt.Sprintf("%d lines (%s) in %s, limit %d lines/s: print less, or raise limits.console in the manifest",
		c.lines, humanize.IBytes(c.bytes), consoleWindow, c.limit)
}

func newConsoles() *consoles { return &consoles{byName: make(map[string]*console)} }

// admit reports whether a line of size bytes may be passed on. Where it may not, tell
// asks the caller to call take once the window is over.
func (c *consoles) admit(name string, limit, size int, now time.Time) (ok, tell bool) {
	burst := limit * int(consoleWindow/time.Second)
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.byName[name]
	if b == nil {
		c.forgetIdle(now)
		b = &console{limiter: rate.NewLimiter(rate.Limit(limit), burst)}
		c.byName[name] = b
	} else if b.limiter.Burst() != burst { // another version of the function
		b.limiter.SetLimitAt(now, rate.Limit(limit))
		b.limiter.SetBurstAt(now, burst)
	}
	if b.limiter.AllowN(now, min(1+max(size-1, 0)/consoleLine, burst)) {
		return true, false
	}
	b.cut.lines++
	b.cut.bytes += uint64(size)
	b.cut.limit = limit
	tell, b.due = !b.due, true
	return false, tell
}

// forgetIdle drops the buckets that are full, where there are many. The caller holds mu.
func (c *consoles) forgetIdle(now time.Time) {
	if len(c.byName) < maxConsoles {
		return
	}
	for name, b := range c.byName {
		if !b.due && b.limiter.TokensAt(now) >= float64(b.limiter.Burst()) {
			delete(c.byName, name)
		}
	}
}

// take returns what was cut of a function's output since it was last asked.
func (c *consoles) take(name string) consoleCut {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.byName[name]
	cut := b.cut
	b.cut, b.due = consoleCut{}, false
	return cut
}

// ConsoleLine is one line of console output, for Config.Console.
type ConsoleLine struct {
	Time  time.Time
	Level slog.Level
	// Function and Version printed it, during Invocation; "" while the module was loaded.
	Function, Version, Invocation string
	// Trace and Span are the ids of the run, where that is recorded, else "".
	Trace, Span string
	// Runtime is the number of the runtime.
	Runtime int
	Text    string
}

func (r *Runtime) consoleLine(key contextKey, i *invocation, level slog.Level, text string) ConsoleLine {
	l := ConsoleLine{Time: time.Now(), Level: level, Function: key.name, Version: key.version, Runtime: r.cfg.ID, Text: text}
	if i != nil {
		l.Invocation = i.inv.ID
		if i.inv.Trace.IsSampled() {
			l.Trace, l.Span = i.inv.Trace.TraceID().String(), i.inv.Trace.SpanID().String()
		}
	}
	return l
}

// admitLine reports whether a line of console output may be passed on. What may not
// is counted, and told once a window, or when the runtime is closed.
func (r *Runtime) admitLine(key contextKey, limit, size int) bool {
	name := key.name
	ok, tell := r.consoles.admit(name, limit, size, time.Now())
	if tell {
		r.wg.Go(func() {
			timer := time.NewTimer(consoleWindow)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-r.ctx.Done():
			}
			cut := r.consoles.take(name).String()
			r.cfg.Logger.LogAttrs(r.ctx, slog.LevelWarn, "console output cut", slog.String("function", name),
				slog.Int("runtime", r.cfg.ID), slog.String("text", cut))
			if r.cfg.Console != nil {
				r.cfg.Console(r.consoleLine(key, nil, slog.LevelWarn, "console output cut: "+cut))
			}
		})
	}
	return ok
}

// consoleLimit is the limit of the function whose turn it is: that of i, or, while a
// module is loaded, of the invocation that it is loaded for.
func (r *Runtime) consoleLimit(i *invocation) int {
	if i == nil {
		i = r.turn
	}
	if i == nil || i.fn.Manifest.Limits.Console <= 0 {
		return function.DefaultLimits().Console
	}
	return i.fn.Manifest.Limits.Console
}
