package jsruntime

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// terminated counts the terminations of an isolate that is not there.
type terminated struct {
	Isolate
	times int
	lost  *function.LimitError
}

func (i *terminated) Terminate() { i.times++ }
func (*terminated) Look()        {}

func (i *terminated) Lost() *function.LimitError { return i.lost }

// newWatchdog has one that says how often it was stuck.
func newWatchdog() (*watchdog, *terminated, *atomic.Int32) {
	stuck := new(atomic.Int32)
	return &watchdog{grace: time.Minute, stuck: func(*invocation, time.Duration, *function.LimitError) { stuck.Add(1) }}, &terminated{}, stuck
}

func TestWatchdogInsists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, isolate, stuck := newWatchdog()
		w.arm(time.Now(), nil, isolate, time.Hour, time.Second) // a thread that rests spends no time but the wall's
		time.Sleep(time.Second + 3*insist + insist/2)           //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		require.Equal(t, 4, isolate.times, "a termination that V8 lost is asked for again")
		require.True(t, w.hasFired())
		fired, _ := w.disarm()
		require.True(t, fired)
		time.Sleep(time.Hour) //nolint:forbidigo // the bubble's clock
		require.Equal(t, 4, isolate.times, "not after the turn")
		require.Zero(t, stuck.Load())
	})
}

// A timer that fires as its turn ends may run when the next turn has begun.
func TestWatchdogTimerOfAnEarlierTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, isolate, _ := newWatchdog()
		w.arm(time.Now(), nil, isolate, time.Millisecond, time.Hour)
		fired, _ := w.disarm()
		require.False(t, fired)
		w.arm(time.Now(), nil, isolate, time.Hour, time.Second)
		w.fire() // what was on its way when the first turn was disarmed
		require.Zero(t, isolate.times)
		require.False(t, w.hasFired())
		time.Sleep(2 * time.Second) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		fired, _ = w.disarm()
		require.True(t, fired)
		require.Positive(t, isolate.times, "the turn itself is still watched")
	})
}

func TestWatchdogTellsOnceOfATurnThatCannotBeStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, isolate, stuck := newWatchdog()
		w.arm(time.Now(), nil, isolate, time.Hour, time.Second)
		time.Sleep(time.Second + 59*time.Second) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		require.Zero(t, stuck.Load(), "within its grace")
		time.Sleep(time.Hour) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		require.EqualValues(t, 1, stuck.Load())
		w.disarm()
	})
}

// A thread is charged with its own time, whatever the clock on the wall says.
func TestWatchdogChargesTheThread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, isolate, _ := newWatchdog()
		w.arm(time.Now(), nil, isolate, time.Minute, 10*time.Hour)
		time.Sleep(time.Hour) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		if !w.looked {
			t.Skip("threads have no clock here")
		}
		fired, spent := w.disarm()
		require.False(t, fired)
		require.Less(t, spent, time.Minute)
	})
}

// A turn that the engine gave up is told of at once, whatever time it had left.
func TestWatchdogTellsOfALostTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, isolate, stuck := newWatchdog()
		isolate.lost = &function.LimitError{Kind: function.LimitHeap}
		w.arm(time.Now(), nil, isolate, time.Hour, time.Hour)
		time.Sleep(firstLook + time.Millisecond) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		require.EqualValues(t, 1, stuck.Load())
		require.Zero(t, isolate.times, "nobody would hear a termination")
		time.Sleep(time.Hour) //nolint:forbidigo // the bubble's clock
		require.EqualValues(t, 1, stuck.Load())
		w.disarm()
	})
}

// volleyed is a Volleyer whose second turn has begun.
type volleyed struct {
	Volleyer
	began time.Duration
}

func (b *volleyed) TakeBack() (int, time.Duration) { return 2, b.began }

// TestWatchdogBlamesOneOfAVolley: after the first look there is but one turn left, which has
// its time for itself, and the rest has gone back.
func TestWatchdogBlamesOneOfAVolley(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, isolate, _ := newWatchdog()
		var back []int
		w.unbegun = func(begun int) { back = append(back, begun) }
		turns := []*invocation{{id: 1}, {id: 2}, {id: 3}}
		w.armAll(time.Now(), turns[0], &rest{&volleyed{began: time.Millisecond}, turns}, isolate, time.Hour, time.Second)
		time.Sleep(firstLook + firstLook/2) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		require.Equal(t, []int{2}, back)
		require.Equal(t, turns[1], w.culprit)
		time.Sleep(time.Second - 2*firstLook + time.Millisecond/2) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		require.Zero(t, isolate.times, "its time began a millisecond after the volley's")
		require.False(t, w.hasFired())
		time.Sleep(2 * firstLook) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		require.Positive(t, isolate.times)
		fired, looked, tookBack, _ := w.disarmAll()
		require.True(t, fired)
		require.True(t, looked)
		require.True(t, tookBack)
		require.Len(t, back, 1)
	})
}
