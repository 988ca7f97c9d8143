package jsruntime

import (
	"errors"
	"unsafe"

	"github.com/isolane/isolane/jsruntime/function"
)

// flagTaken says that a RecordState takes the state away.
const flagTaken = 1

// keyedText is the key, a newline, and the state, "" for none.
func keyedText(inv *function.Invocation) (string, error) {
	if inv.Keyed == nil {
		return "", errors.New("the invocation has no key")
	}
	return inv.Keyed.ID + "\n" + unsafe.String(unsafe.SliceData(inv.Keyed.State), len(inv.Keyed.State)), nil
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
