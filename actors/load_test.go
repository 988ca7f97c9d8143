package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestAverage(t *testing.T) {
	begin := time.Unix(1_700_000_000, 0)
	type sample struct {
		at, value time.Duration
	}
	for _, c := range []struct {
		name    string
		samples []sample
		at      time.Duration
		want    time.Duration
	}{
		{"of nothing", nil, time.Hour, 0},
		{"one counts for an eighth", []sample{{0, 800 * time.Millisecond}}, 0, 100 * time.Millisecond},
		{"and halves each second", []sample{{0, 800 * time.Millisecond}}, 2 * time.Second, 25 * time.Millisecond},
		{"two at a time", []sample{{0, 800 * time.Millisecond}, {0, 800 * time.Millisecond}}, 0, 187500 * time.Microsecond},
		{"faded before the next is weighed", []sample{{0, 800 * time.Millisecond}, {time.Second, 450 * time.Millisecond}}, time.Second, 100 * time.Millisecond},
		{"good news too", []sample{{0, 800 * time.Millisecond}, {0, 0}}, 0, 87500 * time.Microsecond},
		{"a clock that went back", []sample{{time.Second, 800 * time.Millisecond}}, 0, 100 * time.Millisecond},
		{"a sample from the future", []sample{{0, -time.Second}}, 0, 0},
		{"long ago", []sample{{0, time.Hour}}, time.Hour, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var a average
			for _, s := range c.samples {
				a.add(s.value, begin.Add(s.at))
			}
			require.InDelta(t, c.want, a.at(begin.Add(c.at)), float64(time.Microsecond))
		})
	}
}

func TestLoadDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		l := &lab{script: blockable(release)}
		p := l.start(t, l.config(1))
		deploy(t, p, fn("block", "v1", patient))
		deploy(t, p, fn("own", "v1", patient, dedicated, inflight(1)))
		require.Zero(t, p.Load().Delay)
		blocked := ask(t, p, call("block"))
		synctest.Wait()
		// What came from far has waited before, which is not this node's doing.
		inv := call("block")
		inv.Received = time.Now().Add(-time.Minute)
		queued := ask(t, p, inv)
		require.Zero(t, p.Load().Delay)
		time.Sleep(8 * time.Second) //nolint:forbidigo // the bubble's clock
		require.Equal(t, 8*time.Second, p.Load().Delay, "the age of the oldest")
		close(release)
		take(t, p, blocked)
		take(t, p, queued)
		require.Equal(t, time.Second, p.Load().Delay, "the average")
		time.Sleep(time.Second) //nolint:forbidigo // the bubble's clock
		require.Equal(t, time.Second/2, p.Load().Delay, "which fades")
		time.Sleep(time.Minute) //nolint:forbidigo // the bubble's clock
		require.Zero(t, p.Load().Delay)
		// A dedicated function's wait is its own.
		l.script = park
		for range 2 {
			ask(t, p, call("own"))
		}
		synctest.Wait()
		time.Sleep(time.Minute) //nolint:forbidigo // the bubble's clock
		require.Equal(t, Load{Runtimes: 1, Room: 256, Inflight: 1, Queue: 1}, p.Load())
	})
}

func TestLoadRoom(t *testing.T) {
	for _, c := range []struct {
		name             string
		runtimes, queued int
		spillAt          int
		want             Load
	}{
		{"idle", 3, 0, 4, Load{Runtimes: 3, Room: 4 + 3}},
		{"one in a turn", 2, 1, 4, Load{Runtimes: 2, Room: 4 + 1, Inflight: 1}},
		{"all in a turn", 2, 2, 4, Load{Runtimes: 2, Room: 4, Inflight: 2}},
		{"some wait", 2, 5, 4, Load{Runtimes: 2, Room: 1, Inflight: 2, Queue: 3}},
		{"it spills", 2, 6, 4, Load{Runtimes: 2, Inflight: 2, Queue: 4}},
		{"past that", 2, 9, 4, Load{Runtimes: 2, Inflight: 2, Queue: 7}},
		{"spills when full", 2, 6, 0, Load{Runtimes: 2, Room: 8 - 4, Inflight: 2, Queue: 4}},
		{"none", 0, 0, 4, Load{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			release := make(chan struct{})
			l := &lab{script: blockable(release)}
			cfg := l.config(c.runtimes)
			cfg.SpillAt, cfg.Queue, cfg.Overflow = c.spillAt, 8, newPeer(false).overflow
			p := l.start(t, cfg)
			t.Cleanup(func() { close(release) })
			deploy(t, p, fn("block", "v1"))
			for i := range c.queued {
				p.SubmitHere(call("block"), func(*function.Result) {})
				until(t, p, func(s Stats) bool { return s.Queue == max(0, i+1-c.runtimes) })
			}
			got := p.Load()
			got.Delay = 0
			require.Equal(t, c.want, got)
			require.Zero(t, testing.AllocsPerRun(100, func() { p.Load() }))
		})
	}
}

// TestLoadOfRuntimesWithoutIsolates: they count, and have no room.
func TestLoadOfRuntimesWithoutIsolates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, o := &lab{script: condemn, fail: func(n int) error {
			if n > 1 {
				return errFactory
			}
			return nil
		}}, newPeer(true)
		cfg := l.config(1)
		cfg.Overflow = o.overflow
		p := l.start(t, cfg)
		deploy(t, p, fn("f", "v1"))
		require.Equal(t, function.ExceededMemory, take(t, p, ask(t, p, call("f"))).Outcome)
		time.Sleep(time.Second) //nolint:forbidigo // the bubble's clock
		require.Equal(t, Load{Runtimes: 1}, p.Load())
		require.Equal(t, "n2", take(t, p, ask(t, p, call("f"))).Receipt.Node, "and a peer takes their work")
	})
}

// TestLoadOfOthersThanShared: what waits for a dedicated runtime is not for others to
// know, and one that drains takes nothing.
func TestLoadOfOthersThanShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		finish := make(chan func(), 2)
		l := &lab{script: func(r run) error {
			finish <- func() {
				r.f.now(func() error {
					r.done(okay())
					return nil
				})
			}
			return nil
		}}
		p := l.start(t, l.config(1))
		deploy(t, p, fn("own", "v1", patient, dedicated, inflight(1)))
		first, second := ask(t, p, call("own")), ask(t, p, call("own"))
		synctest.Wait()
		time.Sleep(time.Minute) //nolint:forbidigo // the bubble's clock
		(<-finish)()
		take(t, p, first)
		synctest.Wait()
		require.Equal(t, Load{Runtimes: 1, Room: 257, Inflight: 1}, p.Load())
		drained := make(chan error, 1)
		go func() { drained <- p.Drain(t.Context()) }()
		synctest.Wait()
		require.Equal(t, Load{Runtimes: 1, Inflight: 1}, p.Load())
		(<-finish)()
		take(t, p, second)
		require.NoError(t, <-drained)
	})
}
