package replay

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/isolane/isolane/cmd/isolane/internal/redact"
	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
	"github.com/isolane/isolane/jsruntime/quickjs"
	"github.com/isolane/isolane/jsruntime/tape"
	"github.com/isolane/isolane/jsruntime/v8"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// Config says what is run again.
type Config struct {
	Function *bundle.Function
	// Message is the message, or the batch of them; of what a Tape has of it, the tape's counts, but
	// for the messages of a batch.
	Message *function.Invocation
	// Tape is the record; nil for none.
	Tape *tape.Tape
	// Live has fetch asked for what is not on the record. Else that is refused, and what would
	// go to NATS always is.
	Live bool
	// Env are variables of the node that the function may see. Others are shown to it as they
	// stand in a record: "[redacted NAME]".
	Env map[string]string
}

// errEnds is why a run is given up.
var errEnds = errors.New("the record ends here, and the function waits for more")

// Run runs it, and blocks until it ended or ctx is done. The error is about what keeps it from
// being run; what the function does is in the Report.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	played := cfg.Tape
	if played == nil { // whatever is asked for is beyond a record that was cut at once
		played = &tape.Tape{Cut: true}
	}
	http, err := webapi.NewHTTP(webapi.DefaultHTTPConfig())
	if err != nil {
		return nil, err
	}
	defer http.Close() //nolint:errcheck // nothing is left to be done about it
	fn := *cfg.Function
	fn.Manifest.Record, fn.Manifest.Isolation = function.RecordAll, function.Warm
	secrets := redact.New(cfg.Env).Text
	p := tape.NewPlayer(played, secrets)
	rc := jsruntime.DefaultConfig()
	rc.Limits.Heap, rc.Limits.Buffers = fn.Manifest.Limits.Heap, fn.Manifest.Limits.Buffers
	rc.Node, rc.Env = "replay", environment(&fn, cfg.Env)
	host := offline{max: defaultMaxPayload}
	if played.MaxPayload > 0 {
		host.max = played.MaxPayload
	}
	rc.HTTP, rc.Messenger, rc.Buckets, rc.Calls, rc.Light = http, host, host, host, quickjs.NewEngine(quickjs.DefaultConfig())
	rc.Play, rc.PlayLive, rc.Redact = p, cfg.Live, secrets
	if cfg.Tape != nil && fn.Manifest.Engine == function.EngineAuto {
		fn.Manifest.Engine = function.Engine(cfg.Tape.Engine) // where it ran
	}
	q := newQueue()
	ends := false
	rc.Post, rc.PlayEnds = q.post, func() { ends = true }
	rt, err := jsruntime.New(rc, v8.NewEngine(v8.Config{WebAPI: webapi.Script()}))
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	defer rt.Close() //nolint:errcheck // an isolate of our own
	var result *function.Result
	err = rt.Invoke(message(cfg), &fn, func(res *function.Result) { result = res }) //nolint:contextcheck // a runtime has a context of its own; Close ends it
	for err == nil && result == nil {
		if ends {
			ends = false
			err = rt.CancelAll(errEnds.Error()) //nolint:contextcheck // a runtime has a context of its own; Close ends it
			continue
		}
		var ev jsruntime.Event
		if ev, err = q.next(ctx); err == nil {
			err = rt.Handle(ev) //nolint:contextcheck // a runtime has a context of its own; Close ends it
		}
	}
	if result == nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	return report(cfg, p, result)
}

// defaultMaxPayload is a NATS server's where nobody says another one, in bytes.
const defaultMaxPayload = 1 << 20

// offline is a host that sends nothing. What is too large for the one that ran it is for it, too.
type offline struct {
	hostcap.Closed
	max int64
}

// MaxPayload implements Messenger, Buckets and Calls.
func (o offline) MaxPayload() int64 { return o.max }

// environment is what the function sees of a node's variables.
func environment(fn *bundle.Function, given map[string]string) map[string]string {
	env := map[string]string{}
	for _, name := range fn.Manifest.Permissions.Env {
		env[name] = "[redacted " + name + "]"
		if value, ok := given[name]; ok {
			env[name] = value
		}
	}
	return env
}

// message is what was run, as it was when it was recorded.
func message(cfg Config) *function.Invocation {
	inv := *cfg.Message
	inv.Kept = true
	if t := cfg.Tape; t != nil {
		run := t.Run()
		inv.ID, inv.Subject, inv.Header, inv.Attempt, inv.Kept, inv.Keyed = run.ID, run.Subject, run.Header, run.Attempt, run.Kept, run.Keyed
		if t.Method != "" {
			inv.Payload = run.Payload
		}
		if len(inv.Batch) == 0 {
			inv.Batch = run.Batch
		}
	}
	inv.Function = cfg.Function.Name
	if cfg.Function.Manifest.Key != "" && inv.Keyed == nil { // its key; its state is on the record
		inv.Keyed = &function.Keyed{}
		for _, word := range cfg.Function.Manifest.Key.Words(inv.Subject) {
			inv.Keyed.ID = word
		}
	}
	return &inv
}

// queue holds the events that are posted: to post never blocks.
type queue struct {
	mu     sync.Mutex
	events []jsruntime.Event // guarded by mu
	some   chan struct{}
}

func newQueue() *queue { return &queue{some: make(chan struct{}, 1)} }

func (q *queue) post(ev jsruntime.Event) {
	q.mu.Lock()
	q.events = append(q.events, ev)
	q.mu.Unlock()
	select {
	case q.some <- struct{}{}:
	default:
	}
}

// next waits for an event.
func (q *queue) next(ctx context.Context) (jsruntime.Event, error) {
	for {
		q.mu.Lock()
		if len(q.events) > 0 {
			ev := q.events[0]
			q.events = q.events[1:]
			q.mu.Unlock()
			return ev, nil
		}
		q.mu.Unlock()
		select {
		case <-q.some:
		case <-ctx.Done():
			return jsruntime.Event{}, context.Cause(ctx)
		}
	}
}
