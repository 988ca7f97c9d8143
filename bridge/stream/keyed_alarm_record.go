package stream

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
)

// alarm is that of a key, as its record has it.
type alarm struct {
	// At is when it is due, in milliseconds since 1970.
	At int64 `json:"at"`
	// Number tells it from those before.
	Number uint64 `json:"n"`
	// Tries is which run of it, of those that count, was about to begin when it was last
	// claimed, and Epoch when that was.
	Tries int    `json:"tries,omitempty"`
	Epoch uint64 `json:"epoch,omitempty"`
}

// told is what others are told of it.
func (a *alarm) told() Alarm {
	if a == nil {
		return Alarm{}
	}
	return Alarm{Number: a.Number, At: a.At}
}

// The headers of a record with an alarm, so that those can be found without the records.
const (
	headerAlarm = "Isolane-Alarm"
	headerKey   = "Isolane-Key"
)

// header is what a record with a is written with.
func (a *alarm) header(key string) map[string][]string {
	return map[string][]string{
		headerAlarm: {strconv.FormatInt(a.At, 10) + " " + strconv.FormatUint(a.Number, 10)},
		headerKey:   {key},
	}
}

// readAlarm is the inverse; ok says that there is an alarm.
func readAlarm(header map[string][]string) (key string, a Alarm, ok bool) {
	text, keys := header[headerAlarm], header[headerKey]
	if len(text) == 0 || len(keys) == 0 {
		return "", Alarm{}, false
	}
	if n, err := fmt.Sscanf(text[0], "%d %d", &a.At, &a.Number); err != nil || n != 2 {
		return "", Alarm{}, false
	}
	return keys[0], a, true
}

// alarmID is the id of the invocation that an alarm is for: the same for each run of it, and
// for no other.
func (c *consumer) alarmID(key string, a Alarm) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "alarm/%s/%d/%d/%s", c.trigger.key(), a.Number, a.At, key))
	return "a" + hex.EncodeToString(sum[:12])
}

// claimed reports whether t may run without a write before: no run that began before can
// commit, once this one has.
func (t *Turn) claimed(r record) bool {
	return !t.Claim && r.Epoch == t.Epoch && (t.Alarm || !r.Rung)
}

// settled reports whether nothing is to be run for t any more: its message is in the state, or
// no alarm is due.
func (t *Turn) settled(r record) bool {
	if t.Alarm {
		return r.Alarm == nil || r.Alarm.At > t.Now.UnixMilli()
	}
	return r.applied(t.Stream, t.Sequence)
}

// claim is r as it is written before a run of t, and which run that is.
func (t *Turn) claim(r record) (claimed record, counted int) {
	if !t.Alarm {
		claimed = r.claim(t.Stream, t.Epoch, t.Sequence, t.Counted)
		return claimed, claimed.Trying.Times
	}
	a := *r.Alarm
	if a.Epoch != t.Epoch { // the runs under it are counted already
		a.Tries++
	}
	a.Tries, a.Epoch = max(t.Counted, a.Tries), t.Epoch
	r.Alarm = &a
	return r.rung(t.Epoch), a.Tries
}

// settle is r once t is dealt with.
func (t *Turn) settle(r record, change changes, said *reply) record {
	if !t.Alarm {
		return r.settle(t.Stream, t.Epoch, t.Sequence, change, said)
	}
	if r.Alarm != nil {
		r.Fired, r.Alarm = r.Alarm.Number, nil
	}
	return change.of(r).rung(t.Epoch)
}

// rung is r as it is written for an alarm, with what is known of its messages.
func (r record) rung(epoch uint64) record {
	r.Rung = r.Rung || r.Epoch != epoch
	r.Epoch = epoch
	return r
}
