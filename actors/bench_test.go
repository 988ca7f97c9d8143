package actors

import (
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// instant is a Runtime that answers at once and keeps no books.
type instant struct{ res function.Result }

func (r *instant) Invoke(_ *function.Invocation, _ *bundle.Function, done jsruntime.Done) error {
	r.res = function.Result{Outcome: function.OK}
	done(&r.res)
	return nil
}

func (r *instant) InvokeAll(calls []jsruntime.Call, fn *bundle.Function) error {
	for _, c := range calls {
		_ = r.Invoke(c.Invocation, fn, c.Done)
	}
	return nil
}
func (*instant) Handle(jsruntime.Event) error                      { return nil }
func (*instant) CancelAll(string) error                            { return nil }
func (*instant) CancelKept(string) error                           { return nil }
func (*instant) Said() map[*function.Invocation][]function.Verdict { return nil }
func (*instant) Requests() map[*function.Invocation][]int          { return nil }
func (*instant) Inflight() int                                     { return 0 }
func (*instant) Spent() time.Duration                              { return 0 }
func (*instant) Warm(string, string) bool                          { return true }
func (*instant) Abandon() []jsruntime.Abandoned                    { return nil }
func (*instant) Close() error                                      { return nil }

func instantPool(b *testing.B, n int) *Pool {
	b.Helper()
	cfg := (&lab{}).config(n)
	cfg.Queue = 1 << 20
	cfg.NewRuntime = func(RuntimeSpec) (Runtime, error) { return &instant{}, nil }
	p := (&lab{}).start(b, cfg)
	deploy(b, p, fn("f", "v1"))
	return p
}

// BenchmarkSubmit is the hop from Submit to done: one call at a time, and as a
// stream; beside it the runtime called directly, and an actor that only answers.
func BenchmarkSubmit(b *testing.B) {
	b.Run("direct", func(b *testing.B) {
		rt, f, inv := &instant{}, fn("f", "v1"), call("f")
		n := 0
		b.ReportAllocs()
		for b.Loop() {
			_ = rt.Invoke(inv, f, func(*function.Result) { n++ })
		}
	})
	b.Run("bare-actor", func(b *testing.B) {
		system := actor.NewActorSystem(SystemOptions(slog.New(slog.DiscardHandler))...)
		ch := make(chan struct{}, 1)
		pid := system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
			if _, ok := ctx.Message().(*wake); ok {
				ch <- struct{}{}
			}
		}))
		msg := &wake{}
		b.ReportAllocs()
		for b.Loop() {
			system.Root.Send(pid, msg)
			<-ch
		}
		_ = system.Root.StopFuture(pid).Wait()
	})
	b.Run("one-at-a-time", func(b *testing.B) {
		p, inv := instantPool(b, 2), call("f")
		inv.Received = inv.Received.AddDate(1, 0, 0) // no deadline in the way
		ch := make(chan struct{}, 1)
		b.ReportAllocs()
		for b.Loop() {
			p.Submit(inv, func(*function.Result) { ch <- struct{}{} })
			<-ch
		}
	})
	for _, c := range []struct {
		name     string
		runtimes int
	}{{"stream-1-runtime", 1}, {"stream-2-runtimes", 2}} {
		b.Run(c.name, func(b *testing.B) {
			p, inv := instantPool(b, c.runtimes), call("f")
			inv.Received = inv.Received.AddDate(1, 0, 0)
			var wg sync.WaitGroup
			room := make(chan struct{}, 256) // as many outstanding
			done := func(*function.Result) { <-room; wg.Done() }
			b.ReportAllocs()
			for b.Loop() {
				room <- struct{}{}
				wg.Add(1)
				p.Submit(inv, done)
			}
			wg.Wait()
		})
	}
}

// BenchmarkLoad is what gossip costs the pool each time it asks.
func BenchmarkLoad(b *testing.B) {
	p := instantPool(b, 8)
	b.ReportAllocs()
	for b.Loop() {
		p.Load()
	}
}

// BenchmarkLook is what a look takes where many calls wait for calls that limits.inflight holds up,
// and no ring is there: what the dispatcher is locked for, every 20 ms at most.
func BenchmarkLook(b *testing.B) {
	const each, places = 256, 4
	for _, functions := range []int{1, 8} {
		b.Run(strconv.Itoa(functions*each), func(b *testing.B) {
			l := &lab{script: func(r run) error {
				if r.inv.Depth == 0 {
					r.f.await(r.inv, 1, false)
				}
				return nil
			}}
			cfg := l.config(1)
			cfg.MaxInflight, cfg.Queue = 10_000, 10_000
			p := l.start(b, cfg)
			deploy(b, p, fn("inner", "v1", patient, inflight(places)))
			for f := range functions {
				deploy(b, p, fn("f"+strconv.Itoa(f), "v1", patient, inflight(each)))
				for n := range each {
					inv := call("f" + strconv.Itoa(f))
					inv.ID = fmt.Sprint(f, "x", n)
					ask(b, p, inv)
				}
			}
			until(b, p, func(s Stats) bool { return s.Queue == 0 })
			for f := range functions {
				for n := range each {
					ask(b, p, inside("inner", fmt.Sprint(f, "x", n), 1))
				}
			}
			until(b, p, func(s Stats) bool { // and the isolate was asked
				p.d.mu.Lock()
				defer p.d.mu.Unlock()
				return s.Queue == functions*each-places && len(p.d.slots[0].requests) == functions*each
			})
			for b.Loop() {
				p.d.mu.Lock()
				held := p.d.heldUp(p.d.clock.Now())
				refused := p.d.entangled(held, p.d.clock.Now())
				p.d.mu.Unlock()
				if len(held) != functions*each-places || len(refused) > 0 {
					b.Fatalf("%d are held, %d refused", len(held), len(refused))
				}
			}
		})
	}
}
