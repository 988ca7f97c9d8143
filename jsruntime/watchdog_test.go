package jsruntime

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWatchdogInsists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := 0
		w := watchdog{terminate: func() { times++ }}
		w.arm(time.Now(), time.Second)
		time.Sleep(time.Second + 3*insist + insist/2) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		require.Equal(t, 4, times, "a termination that V8 lost is asked for again")
		require.True(t, w.hasFired())
		require.True(t, w.disarm())
		time.Sleep(time.Second) //nolint:forbidigo // the bubble's clock
		require.Equal(t, 4, times, "not after the turn")
	})
}

// A timer that fires as its turn ends may run when the next turn has begun.
func TestWatchdogTimerOfAnEarlierTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := 0
		w := watchdog{terminate: func() { times++ }}
		w.arm(time.Now(), time.Millisecond)
		require.False(t, w.disarm())
		w.arm(time.Now(), time.Second)
		w.fire() // what was on its way when the first turn was disarmed
		require.Zero(t, times)
		require.False(t, w.hasFired())
		time.Sleep(2 * time.Second) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		require.True(t, w.disarm())
		require.Positive(t, times, "the turn itself is still watched")
	})
}
