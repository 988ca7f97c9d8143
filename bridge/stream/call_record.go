package stream

import (
	"strconv"
	"strings"
)

// fence is r as a member writes it that has the key from now on, before it runs a call.
func (r record) fence(stream string, epoch uint64) record {
	if r.Stream == "" {
		r.Stream = stream
	}
	return r.rung(epoch)
}

// called is r once a call has changed the state. It stands where it stood in the stream.
func (r record) called(stream string, epoch uint64, change changes, done answered) record {
	return change.of(r.fence(stream, epoch)).remember(done)
}

// encodedCalls is about how long what appendCalls appends is.
func encodedCalls(calls []answered) (size int) {
	for _, a := range calls {
		size += len(`{"id":"","value":,"at":},`) + len(a.ID) + len(a.Value) + 13
	}
	return size + len(`,"calls":[]`)
}

// appendCalls appends the member "calls" of a record to out, as json.Marshal would write it.
func appendCalls(out []byte, calls []answered) []byte {
	for i, a := range calls {
		if i == 0 {
			out = append(out, `,"calls":[`...)
		} else {
			out = append(out, ',')
		}
		out = append(out, `{"id":"`...)
		out = append(out, digestOnly(a.ID)...)
		out = append(out, '"')
		if len(a.Value) > 0 {
			out = append(out, `,"value":`...)
			out = append(out, a.Value...)
		}
		if a.At != 0 {
			out = append(out, `,"at":`...)
			out = strconv.AppendInt(out, a.At, 10)
		}
		out = append(out, '}')
	}
	if len(calls) > 0 {
		out = append(out, ']')
	}
	return out
}

// digestOnly is id without what no digest has, so that it needs no escape in JSON.
func digestOnly(id string) string {
	for i := range len(id) {
		if !inDigest(rune(id[i])) {
			return strings.Map(func(r rune) rune {
				if inDigest(r) {
					return r
				}
				return -1
			}, id)
		}
	}
	return id
}

// inDigest reports whether r is of URL-safe base64.
func inDigest(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}
