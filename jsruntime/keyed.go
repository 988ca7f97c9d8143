package jsruntime

import (
	"errors"
	"strconv"
	"time"
	"unsafe"

	"github.com/isolane/isolane/jsruntime/function"
)

// flagTaken says that a RecordState takes the state away, or a RecordAlarm the alarm.
const flagTaken = 1

// keyedText is the key, a newline, the alarm in milliseconds since 1970 or "", a newline, and
// the state, "" for none.
func keyedText(inv *function.Invocation) (string, error) {
	if inv.Keyed == nil {
		return "", errors.New("the invocation has no key")
	}
	alarm := ""
	if at := inv.Keyed.Alarm; !at.IsZero() {
		alarm = strconv.FormatInt(at.UnixMilli(), 10)
	}
	return inv.Keyed.ID + "\n" + alarm + "\n" + unsafe.String(unsafe.SliceData(inv.Keyed.State), len(inv.Keyed.State)), nil
}

// change takes in what the function makes of its key's state.
func (i *invocation) change(record Record) {
	if i.done == nil || i.inv.Keyed == nil {
		return
	}
	i.state = &function.StateChange{}
	if record.Flags&flagTaken == 0 {
		i.state.State = []byte(record.Text)
	}
}

// ring takes in what becomes of its key's alarm.
func (i *invocation) ring(record Record) {
	if i.done == nil || i.inv.Keyed == nil {
		return
	}
	change := &function.AlarmChange{}
	if record.Flags&flagTaken == 0 {
		at, err := strconv.ParseInt(record.Text, 10, 64)
		if err != nil {
			return // core.js writes whole numbers alone
		}
		change.At = time.UnixMilli(at)
	}
	i.alarm = change
}
