package stream

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/call"
	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// The dead letter of an alarm has the alarm set again, in a turn of its key: it fires once, also
// where that is asked for twice and another member has the keys by then; and it takes the place
// of no other alarm.
func TestKeyedAlarmIsSetAgain(t *testing.T) {
	r := newRig(t)
	store, h := new(lease.Memory), r.caller(t, nil)
	trigger := byKey(func(s *function.Stream) { s.Deliveries, s.Backoff = 2, []time.Duration{time.Millisecond} })
	var mended atomic.Bool
	run := answers(func(inv *function.Invocation) *function.Result {
		if inv.Keyed.Due && !mended.Load() {
			return function.Failure(function.Exception, "no")
		}
		return rings(inv)
	})
	m := r.joinKeyed(t, store, "a", run, trigger, nil)
	box := deadletter.New(r.js, deadletter.DefaultConfig())
	letter := func(n uint64) (l *deadletter.Letter) {
		r.waitFor(t, "the dead letter", func() (bool, any) {
			var err error
			l, err = box.Get(t.Context(), n)
			return err == nil, err
		})
		return l
	}
	again := func(l *deadletter.Letter) hostcap.Answer {
		key, ok := AlarmOf(l)
		require.True(t, ok)
		id := fmt.Sprint("redrive.", l.Number)
		answer, err := h.Call(t.Context(), hostcap.Caller{Function: "isolane", Invocation: id, Deadline: time.Now().Add(patience)},
			hostcap.Call{Function: "pay", Key: key, Method: call.SetAlarm, ID: id})
		require.NoError(t, err)
		return answer
	}
	r.publish(t, "orders.a+b.new", "in 1ms")
	first := letter(1)
	r.publish(t, "orders.a+b.new", "2")
	r.folds(t, map[string][]string{"a+b": {"in 1ms", "2"}})
	mended.Store(true)
	require.Equal(t, function.OK, again(first).Outcome)
	r.folds(t, map[string][]string{"a+b": {"in 1ms", "2", "alarm"}})
	require.NoError(t, m.Drain(t.Context()))

	m = r.joinKeyed(t, store, "b", run, trigger, nil)
	require.Equal(t, function.OK, again(first).Outcome, "it is in the state")
	r.publish(t, "orders.a+b.new", "in 1h")
	r.folds(t, map[string][]string{"a+b": {"in 1ms", "2", "alarm", "in 1h"}})
	first.Number = 77
	answer := again(first)
	require.Equal(t, function.BadRequest, answer.Outcome)
	require.Contains(t, answer.Message, "the key has an alarm for ")
	rec, _, _ := r.stateOf(t, "a+b")
	require.Greater(t, rec.Alarm.At, time.Now().UnixMilli())

	_, ok := AlarmOf(&deadletter.Letter{Function: "pay", Stream: "ORDERS", Header: first.Header})
	require.False(t, ok)
	_, ok = AlarmOf(&deadletter.Letter{Function: "pay", Stream: first.Stream, Header: (&alarm{At: 1, Number: 2}).header("a")})
	require.False(t, ok, "of who listens to the bucket")
	require.NoError(t, m.Drain(t.Context()))
}
