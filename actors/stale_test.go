package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// What waits behind work that does not move is offered again, as soon as a peer has room;
// while nobody has, one is asked for, with a back-off.
func TestStaleIsOfferedAgain(t *testing.T) {
	for _, spillAt := range []int{0, 1, 2} {
		synctest.Test(t, func(t *testing.T) {
			l, o := &lab{}, newPeer(false)
			p, tl := crowd(t, l, 5, func(cfg *Config) { cfg.Overflow, cfg.SpillAt = o.overflow, spillAt })
			before := len(o.asked)
			time.Sleep(5 * time.Second) //nolint:forbidigo // the bubble's clock
			synctest.Wait()
			require.Equal(t, 5, p.Stats().Queue)
			require.Greater(t, len(o.asked), before+3, "it is asked again")
			require.Less(t, len(o.asked), before+20, "with a back-off, for one of all")
			o.room.Store(true)
			began := time.Now()
			require.Equal(t, map[function.Outcome]int{function.OK: 5}, tl.all(p))
			require.LessOrEqual(t, time.Since(began), offerCap)
		})
	}
}

// What came from another node, and what moves on its own, is not handed on.
func TestFreshAndHoppedStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, o := &lab{}, newPeer(true)
		p, tl := crowd(t, l, 0, func(cfg *Config) { cfg.Overflow = o.overflow })
		for range 3 {
			tl.submitBy(p.SubmitHere, call("f"))
		}
		require.Equal(t, map[function.Outcome]int{function.Timeout: 3}, tl.all(p))
		require.Empty(t, o.asked)
	})
	synctest.Test(t, func(t *testing.T) {
		l, o := &lab{script: echo}, newPeer(true)
		cfg := l.config(1)
		cfg.Overflow = o.overflow
		p := l.start(t, cfg)
		deploy(t, p, fn("f", "v1"))
		for range 1000 {
			require.Equal(t, function.OK, take(t, p, ask(t, p, call("f"))).Outcome)
			time.Sleep(3 * time.Millisecond) //nolint:forbidigo // the bubble's clock
		}
		require.Empty(t, o.asked)
	})
}
