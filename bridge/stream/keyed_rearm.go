package stream

import (
	"fmt"
	"time"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/jsruntime/function"
)

// AlarmOf returns the key whose alarm a dead letter is of; ok is false for one of a message. Such
// an alarm is set again by a call of call.SetAlarm.
func AlarmOf(l *deadletter.Letter) (key string, ok bool) {
	keys := l.Header[headerKey]
	if l.Stream != "KV_"+StateBucket(l.Function) || len(keys) != 1 {
		return "", false
	}
	// What listens to the bucket has letters of the records there, whose header is another.
	if _, err := time.Parse(time.RFC3339Nano, l.Header.Get(headerAlarm)); err != nil {
		return "", false
	}
	return keys[0], true
}

// rearmed is what the turn of a call comes to that has the alarm of its key set again, whose
// record is rec. It takes the place of no other alarm.
func (r *runner) rearmed(rec record) *function.Result {
	now := r.c.t.deps.Clock()
	if rec.Alarm != nil {
		at := time.UnixMilli(rec.Alarm.At).UTC().Format(time.RFC3339)
		return function.Failure(function.BadRequest, fmt.Sprintf(
			"the key has an alarm for %s already, and has one at most, which would be lost: wait until it has fired, or drop the dead letter where that alarm does what is to be done", at))
	}
	return &function.Result{
		Outcome: function.OK, Alarm: &function.AlarmChange{At: now}, Receipt: function.Receipt{Runtime: -1},
	}
}
