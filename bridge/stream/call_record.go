package stream

import (
	"encoding/json"
	"slices"
)

// The bounds of what a record remembers of calls: the newest is always there.
const (
	rememberedCalls = 16
	rememberedBytes = 8 << 10
)

// answered is a call that changed the state, and its answer.
type answered struct {
	// ID is call.Digest.
	ID string `json:"id"`
	// Value is what the method returned, as JSON; nil for undefined.
	Value json.RawMessage `json:"value,omitempty"`
}

// answer is what a call was answered with that is in the state.
func (r record) answer(digest string) (value []byte, known bool) {
	i := slices.IndexFunc(r.Calls, func(a answered) bool { return a.ID == digest })
	if i < 0 {
		return nil, false
	}
	return r.Calls[i].Value, true
}

// knows reports whether a call is in the state.
func (r record) knows(digest string) bool {
	_, known := r.answer(digest)
	return known
}

// fence is r as a member writes it that has the key from now on, before it runs a call.
func (r record) fence(stream string, epoch uint64) record {
	if r.Stream == "" {
		r.Stream = stream
	}
	return r.rung(epoch)
}

// called is r once a call has changed the state. It stands where it stood in the stream.
func (r record) called(stream string, epoch uint64, change changes, done answered) record {
	r = change.of(r.fence(stream, epoch))
	first, size := len(r.Calls), len(done.Value)
	for first > max(0, len(r.Calls)-rememberedCalls+1) {
		if size += len(r.Calls[first-1].Value); size > rememberedBytes {
			break
		}
		first--
	}
	r.Calls = append(slices.Clone(r.Calls[first:]), done)
	return r
}
