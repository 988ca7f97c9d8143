package waits

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/webapi"
	"github.com/isolane/isolane/tools/internal/owner"
	"github.com/isolane/isolane/tools/jscost/internal/process"
)

// What the invocations wait for.
const (
	Timers  = "timers"
	Fetches = "fetches"
)

// Config says what waits.
type Config struct {
	Kind        string        `json:"kind"`
	Invocations int           `json:"invocations"`
	Runtimes    int           `json:"runtimes"`
	Timer       time.Duration `json:"timer"` // of Timers, in nanoseconds
	// URL is that of a Hold; for Fetches.
	URL string `json:"-"`
	// Waiting, where it is set, is called while all wait, after the sample.
	Waiting func() error `json:"-"`
}

// Report is what the process used.
type Report struct {
	Config Config `json:"config"`
	// Idle is with each runtime made and the function called once in it; Waiting is
	// with every invocation waiting; After is with all answered.
	Idle    process.Sample `json:"idle"`
	Waiting process.Sample `json:"waiting"`
	After   process.Sample `json:"after"`
	// V8Idle and V8Waiting are what V8's heaps held, in bytes, garbage included.
	V8Idle    int64 `json:"v8_idle"`
	V8Waiting int64 `json:"v8_waiting"`
	// Outcomes counts the first answers; Answers counts all of them, so more than
	// Config.Invocations is a fault.
	Outcomes map[function.Outcome]int `json:"outcomes"`
	Answers  int                      `json:"answers"`
	// Start is the time until all waited, End from the release to the last answer; in
	// nanoseconds.
	Start time.Duration `json:"start"`
	End   time.Duration `json:"end"`
}

// Over is by how much resident memory was larger with all waiting than idle, in bytes.
func (r Report) Over() int64 { return r.Waiting.Resident - r.Idle.Resident }

// Each is Over for one invocation.
func (r Report) Each() int64 { return r.Over() / int64(r.Config.Invocations) }

// Fault says what is wrong with the answers, if anything.
func (r Report) Fault() error {
	if n := r.Config.Invocations; r.Answers != n || r.Outcomes[function.OK] != n {
		return fmt.Errorf("%s: %d invocations had %d answers, first ones %v; each has to have one, ok", r.Config.Kind, n, r.Answers, r.Outcomes)
	}
	return nil
}

// Run measures in this process. It returns early with ctx.
func Run(ctx context.Context, cfg Config) (report Report, err error) {
	client, err := webapi.NewHTTP(webapi.DefaultHTTPConfig())
	if err != nil {
		return Report{}, err
	}
	r := &run{cfg: cfg, seen: make([]bool, cfg.Invocations), all: make(chan struct{})}
	r.report = Report{Config: cfg, Outcomes: make(map[function.Outcome]int)}
	err = r.run(ctx, client)
	for _, o := range r.owners {
		err = errors.Join(err, o.Close())
	}
	return r.report, errors.Join(err, client.Close())
}

type run struct {
	cfg    Config
	owners []*owner.Owner

	mu     sync.Mutex
	report Report // Outcomes and Answers are guarded by mu
	seen   []bool // by invocation; guarded by mu
	first  int    // invocations with an answer; guarded by mu
	all    chan struct{}
}

func (r *run) run(ctx context.Context, client *webapi.HTTP) error {
	f, err := newWaiter(ctx, r.cfg)
	if err != nil {
		return err
	}
	engine := owner.NewEngine()
	for id := range r.cfg.Runtimes {
		cfg := owner.Config(id)
		cfg.HTTP = client
		o, err := owner.Start(cfg, engine) //nolint:contextcheck // what a runtime starts lives as long as the runtime
		if err != nil {
			return err
		}
		r.owners = append(r.owners, o)
		got, err := o.Call(ctx, f.now(), f.fn)
		if err != nil {
			return err
		}
		if got.Outcome != function.OK {
			return fmt.Errorf("the first call of runtime %d ended with %s: %s", id, got.Outcome, got.Message)
		}
	}
	if r.report.Idle, r.report.V8Idle, err = r.sample(ctx); err != nil {
		return err
	}
	if err := r.wait(ctx, f); err != nil {
		return err
	}
	began := time.Now()
	if r.cfg.Kind == Fetches {
		if err := ask(ctx, r.cfg.URL+pathRelease); err != nil {
			return err
		}
	}
	select {
	case <-r.all:
	case <-ctx.Done():
		return ctx.Err()
	}
	r.report.End = time.Since(began)
	r.report.After, _, err = r.sample(ctx)
	return err
}

// wait begins all invocations and samples the process when they wait.
func (r *run) wait(ctx context.Context, f waiter) error {
	began := time.Now()
	for n := range r.cfg.Invocations {
		r.owners[n%len(r.owners)].Begin(f.wait(n), f.fn, func(result *function.Result) { r.answer(n, result) }) //nolint:contextcheck // what a runtime starts lives as long as the runtime
	}
	if r.cfg.Kind == Fetches {
		if err := ask(ctx, fmt.Sprintf("%s%s?n=%d", r.cfg.URL, pathHeld, r.cfg.Invocations)); err != nil {
			return err
		}
	}
	// The owners answer in order, so all have begun when they answered this.
	var err error
	if r.report.Waiting, r.report.V8Waiting, err = r.sample(ctx); err != nil {
		return err
	}
	r.report.Start = time.Since(began)
	r.mu.Lock()
	answered := r.first
	r.mu.Unlock()
	if answered > 0 {
		return fmt.Errorf("%d invocations did not wait", answered)
	}
	if r.cfg.Waiting != nil {
		return r.cfg.Waiting()
	}
	return nil
}

func (r *run) answer(n int, result *function.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Answers++
	if r.seen[n] {
		return
	}
	r.seen[n] = true
	r.first++
	r.report.Outcomes[result.Outcome]++
	if r.first == len(r.seen) {
		close(r.all)
	}
}

// sample asks every runtime for its heap, and then takes the process's sample.
func (r *run) sample(ctx context.Context) (process.Sample, int64, error) {
	var heaps int64
	for _, o := range r.owners {
		if err := o.Ask(ctx, func(rt *jsruntime.Runtime) { heaps += int64(rt.Memory().Heap) }); err != nil {
			return process.Sample{}, 0, err
		}
	}
	runtime.Gosched() // let those that were just woken give their stacks back
	s, err := process.Take()
	return s, heaps, err
}

// errNoURL says that fetches need a server.
var errNoURL = errors.New("no URL of a server that holds replies")

// Serve runs Hold on standard streams: it writes the URL, and ends with in.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	return Hold(ctx, in, func(url string) error {
		_, err := fmt.Fprintln(out, url)
		return err
	})
}
