package lease

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// process is a member that acquires, holds, and acquires again whenever it lost.
type process struct {
	name string
	net  *network
	cfg  Config
	gate *gate
	stop context.CancelFunc

	mu      sync.Mutex
	lease   *Lease        // guarded by mu; nil while it has none
	release chan struct{} // asks for a release
}

// world is processes that want one key, and true time.
type world struct {
	t     *rapid.T
	store *Memory
	ctx   context.Context //nolint:containedctx // ends the processes of one test
	wait  sync.WaitGroup

	mu     sync.Mutex
	alive  []*process // guarded by mu
	killed []*process // guarded by mu; frozen for ever
	token  uint64     // guarded by mu; the greatest so far
	taken  int        // guarded by mu
	fault  string     // guarded by mu; the first broken promise
}

const modelTTL = time.Second

// start starts a process whose clock is as wrong as it may be.
func (w *world) start(name string) *process {
	drift := rapid.SampledFrom([]float64{-0.05, 0.05, 0, 0.02}).Draw(w.t, "drift")
	offset := time.Duration(rapid.IntRange(-1e6, 1e6).Draw(w.t, "offset")) * time.Second
	seed := rapid.Uint64().Draw(w.t, "seed")
	p := &process{name: name, gate: &gate{}, release: make(chan struct{}, 1)}
	p.net = &network{store: w.store, gate: p.gate, rnd: rand.New(rand.NewPCG(seed, 0))} //nolint:gosec // a simulation's
	p.cfg = Config{
		TTL: modelTTL, Poll: modelTTL / 50, Drift: 0.05, Holder: name,
		Clock: clock{begun: time.Now(), offset: offset, rate: 1 + drift, gate: p.gate},
	}
	p.cfg.Margin = p.cfg.withDefaults().least()
	var ctx context.Context
	ctx, p.stop = context.WithCancel(w.ctx)
	w.mu.Lock()
	w.alive = append(w.alive, p)
	w.mu.Unlock()
	w.wait.Go(func() { w.live(ctx, p) })
	return p
}

// live is a process's life.
func (w *world) live(ctx context.Context, p *process) {
	defer p.stop()
	for {
		l, err := Acquire(ctx, p.net, p.cfg, "key")
		if err != nil {
			if ctx.Err() == nil {
				w.broken("%s gave up while nobody asked it to: %v", p.name, err)
			}
			return
		}
		p.mu.Lock()
		p.lease = l
		p.mu.Unlock()
		w.check()
		w.mu.Lock()
		if l.Token() <= w.token {
			w.brokenLocked("%s has token %d after %d", p.name, l.Token(), w.token)
		}
		w.token = max(w.token, l.Token())
		w.taken++
		w.mu.Unlock()
		select {
		case <-l.Lost():
		case <-p.release:
		case <-ctx.Done():
		}
		_ = l.Release(ctx) // the network may be down
		if l.Held() || l.Err() == nil {
			w.broken("%s holds what it released", p.name)
		}
	}
}

func (w *world) broken(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.brokenLocked(format, args...)
}

func (w *world) brokenLocked(format string, args ...any) {
	if w.fault == "" {
		w.fault = fmt.Sprintf(format, args...)
	}
}

// check looks for two that hold the key at this moment; it returns who does.
func (w *world) check() (holder *process) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.alive {
		p.mu.Lock()
		held := p.lease != nil && p.lease.Held()
		p.mu.Unlock()
		if !held {
			continue
		}
		if holder != nil {
			w.brokenLocked("%s and %s both hold the key", holder.name, p.name)
		}
		holder = p
	}
	return holder
}

// advance lets true time pass, and looks around on the way.
func (w *world) advance(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		pass(min(modelTTL/100, time.Until(end)))
		synctest.Wait()
		w.check()
	}
}

// kill ends a process as SIGKILL does: what it sent is on its way, and nobody waits.
func (w *world) kill(i int) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.alive[i]
	p.gate.freeze()
	w.alive = append(w.alive[:i:i], w.alive[i+1:]...)
	w.killed = append(w.killed, p)
	return p.name
}

func (w *world) end(cancel context.CancelFunc) {
	cancel()
	for _, p := range append(w.alive, w.killed...) {
		p.net.set(0, 0, 0)
		p.gate.thaw()
	}
	w.wait.Wait()
	<-time.After(10 * modelTTL) // what is on its way arrives
}

// At no moment of true time two hold the key, whatever happens, and when things are
// well again one does.
func TestOneHolderAtATime(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) { taken += play(t) })
	})
	t.Logf("the key was taken %d times", taken)
}

func play(t *rapid.T) (taken int) {
	ctx, cancel := context.WithCancel(context.Background())
	w := &world{t: t, store: &Memory{}, ctx: ctx}
	defer w.end(cancel)
	for i := range rapid.IntRange(2, 4).Draw(t, "processes") {
		w.start(fmt.Sprintf("p%d", i))
	}
	one := func(t *rapid.T) (*process, int) {
		i := rapid.IntRange(0, len(w.alive)-1).Draw(t, "process")
		return w.alive[i], i
	}
	// What happens to whoever holds the key matters most.
	who := func(t *rapid.T) *process {
		if holder := w.check(); holder != nil && rapid.Bool().Draw(t, "the holder") {
			return holder
		}
		p, _ := one(t)
		return p
	}
	while := func(t *rapid.T) {
		w.advance(time.Duration(rapid.IntRange(1, 2000).Draw(t, "milliseconds")) * time.Millisecond)
	}
	t.Repeat(map[string]func(*rapid.T){
		"wait":    while,
		"freeze":  func(t *rapid.T) { who(t).gate.freeze(); while(t) },
		"thaw":    func(t *rapid.T) { who(t).gate.thaw() },
		"cut off": func(t *rapid.T) { who(t).net.set(0, 1, 0); while(t) },
		"heal":    func(t *rapid.T) { who(t).net.set(0, 0, 0) },
		"weather": func(t *rapid.T) {
			who(t).net.set(
				time.Duration(rapid.SampledFrom([]int{0, 1, 50, 300, 3000}).Draw(t, "slowest"))*time.Millisecond,
				rapid.SampledFrom([]float64{0, 0.2, 0.5}).Draw(t, "lossy"),
				rapid.SampledFrom([]float64{0, 0.5}).Draw(t, "stale"))
			while(t)
		},
		"release": func(t *rapid.T) {
			select {
			case who(t).release <- struct{}{}:
			default:
			}
		},
		"kill": func(t *rapid.T) {
			_, i := one(t)
			w.start(w.kill(i)) // under its old name
		},
		"": func(t *rapid.T) {
			w.check()
			if w.fault != "" {
				t.Fatal(w.fault)
			}
		},
	})
	for _, p := range w.alive {
		p.net.set(0, 0, 0)
		p.gate.thaw()
	}
	// Looked at once: who was told to release it may do so the moment after.
	held := w.check() != nil
	for i := 0; i < 100 && !held; i++ {
		w.advance(modelTTL / 10)
		held = w.check() != nil
	}
	if !held {
		t.Fatal("all is well and nobody holds the key after ten times TTL")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.taken
}
