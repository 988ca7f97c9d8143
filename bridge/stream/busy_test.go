package stream

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestWhatIsBusy(t *testing.T) {
	delivered := func(seq uint64) jetstream.ConsumerInfo {
		return jetstream.ConsumerInfo{Delivered: jetstream.SequenceInfo{Stream: seq}}
	}
	running, waiting := delivered(7), delivered(6)
	running.NumAckPending, waiting.NumPending = 1, 1
	for name, c := range map[string]struct {
		info   jetstream.ConsumerInfo
		newest uint64
		busy   bool
	}{
		"nothing was ever there":               {delivered(0), 0, false},
		"all is settled":                       {delivered(7), 7, false},
		"others came since, of other subjects": {delivered(9), 7, false},
		"the newest is gone":                   {delivered(7), 3, false},
		"one runs":                             {running, 7, true},
		"one waits":                            {waiting, 7, true},
		"one is stored, and the consumer has not heard": {delivered(6), 7, true},
		"there is no consumer yet":                      {jetstream.ConsumerInfo{}, 7, true},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.busy, busy(c.info, c.newest)) })
	}
}

// What is in the stream is busy from the moment in which its sender knows that it is stored,
// until it is acknowledged: while it waits, runs, and waits for another delivery.
func TestBusy(t *testing.T) {
	r := newRig(t)
	runs := make(chan func(*function.Result), 1)
	m := r.join(t, member{run: func(_ *function.Invocation, done func(*function.Result)) { runs <- done }})
	trigger := orders(longWait)
	isBusy := func() bool {
		is, err := m.Busy(t.Context(), trigger.Function, trigger.Kind)
		require.NoError(t, err)
		return is
	}
	require.False(t, isBusy(), "no such trigger")
	m.Set([]Trigger{trigger})
	idle := func() {
		r.waitFor(t, "the end", func() (bool, any) { return !isBusy(), m.Stats() })
	}
	idle()
	for range 200 {
		r.publish(t, "orders.1.new", "")
		require.True(t, isBusy(), "it is stored")
		done := <-runs
		require.True(t, isBusy(), "it runs")
		done(function.Failure(function.Exception, "once"))
		require.True(t, isBusy(), "it waits for another delivery")
		done = <-runs
		require.True(t, isBusy(), "it runs again")
		done(ok(nil))
		idle()
	}
}

// What is stored before the consumer is made waits to be run.
func TestBusyWithoutAConsumer(t *testing.T) {
	r := newRig(t)
	m := r.join(t, member{run: func(_ *function.Invocation, done func(*function.Result)) { done(ok(nil)) }})
	trigger := orders(nil)
	c := newConsumer(m, trigger) // it is not started
	m.mu.Lock()
	m.running[trigger.key()] = c
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		delete(m.running, trigger.key())
		m.mu.Unlock()
	}()
	is, err := m.Busy(t.Context(), "pay", "")
	require.NoError(t, err)
	require.False(t, is)
	r.publish(t, "orders.1.new", "")
	is, err = m.Busy(t.Context(), "pay", "")
	require.NoError(t, err)
	require.True(t, is)
}
