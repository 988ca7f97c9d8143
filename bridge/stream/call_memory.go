package stream

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// The bounds of what a record remembers of calls. The newest is always there with its answer; of
// those before it as many as there is room for; of those before them the beginnings of their
// digests, in batches of which the oldest is forgotten when there is one too many. Of what is
// forgotten it is known when the last of it was applied.
const (
	rememberedCalls = 64
	rememberedBytes = 8 << 10
	// stubBatch is how many stubs are forgotten together, stubBatches how many such batches a
	// record has, and stubSize the length of one: 48 bits, so that one in 10^11 of the calls that
	// may be a repetition is taken for another one.
	stubBatch   = 64
	stubBatches = 8
	stubSize    = 8
)

// callSkew is how far the clocks of members may be apart; see bridge.HeaderSince.
const callSkew = 2 * time.Second

// answered is a call that changed the state, and its answer.
type answered struct {
	// ID is call.Digest.
	ID string `json:"id"`
	// Value is what the method returned, as JSON; nil for undefined.
	Value json.RawMessage `json:"value,omitempty"`
	// At is when it was committed, in milliseconds since 1970; 0 where an older version did that.
	At int64 `json:"at,omitempty"`
}

// stubs are calls that changed the state, whose answers are not kept.
type stubs struct {
	// IDs are the beginnings of their digests, stubSize each.
	IDs string `json:"ids"`
	// At is when the last of them was committed, in milliseconds since 1970.
	At int64 `json:"at"`
}

func (s stubs) has(digest string) bool {
	if len(digest) < stubSize {
		return false
	}
	for ids := s.IDs; len(ids) >= stubSize; ids = ids[stubSize:] {
		if ids[:stubSize] == digest[:stubSize] {
			return true
		}
	}
	return false
}

// recollection is what a record knows of a call that comes.
type recollection uint8

const (
	// fresh: it is not in the state.
	fresh recollection = iota + 1
	// remembered: it is, and its answer is known.
	remembered
	// unanswered: it is, and its answer is not known any more.
	unanswered
	// unsure: it may be.
	unsure
)

// asked is what of a call says whether it came before.
type asked struct {
	digest string
	// repeated says that it may be a repetition. No attempt of it was made before since, where
	// that is known: where it is not, a call of that name may be of any age.
	repeated, dated bool
	since           time.Time
}

// recall says what r knows of a call. A call that was applied is never fresh, but where it is not
// dated and so old that it is forgotten.
func (r record) recall(c asked) recollection {
	switch {
	case r.knows(c.digest):
		return remembered
	case !c.repeated:
		return fresh
	case slices.ContainsFunc(r.Stubs, func(s stubs) bool { return s.has(c.digest) }):
		return unanswered
	case c.dated && r.Forgot > 0 && c.since.Add(-callSkew).UnixMilli() <= r.Forgot:
		return unsure
	}
	return fresh
}

// answer is what a call was answered with that is in the state.
func (r record) answer(digest string) (value []byte, known bool) {
	i := slices.IndexFunc(r.Calls, func(a answered) bool { return a.ID == digest })
	if i < 0 {
		return nil, false
	}
	return r.Calls[i].Value, true
}

// knows reports whether a call is in the state, and its answer known.
func (r record) knows(digest string) bool {
	_, known := r.answer(digest)
	return known
}

// remember is r that remembers one call more. What r has is left as it is.
func (r record) remember(done answered) record {
	first, size := len(r.Calls), len(done.Value)
	for first > max(0, len(r.Calls)-rememberedCalls+1) {
		if size += len(r.Calls[first-1].Value); size > rememberedBytes {
			break
		}
		first--
	}
	if first > 0 {
		r.Stubs = slices.Clone(r.Stubs)
		for _, a := range r.Calls[:first] {
			if a.At == 0 { // it was applied before now, and others may have been forgotten before
				a.At = done.At
				r.Forgot = done.At
			}
			r = r.shorten(a)
		}
	}
	kept := make([]answered, 0, len(r.Calls)-first+1)
	r.Calls = append(append(kept, r.Calls[first:]...), done)
	return r
}

// shorten is r with a call that is known by its stub alone from now on. r.Stubs is changed.
func (r record) shorten(a answered) record {
	stub := (a.ID + strings.Repeat(" ", stubSize))[:stubSize]
	if n := len(r.Stubs); n == 0 || len(r.Stubs[n-1].IDs) >= stubBatch*stubSize {
		r.Stubs = append(r.Stubs, stubs{})
	}
	last := &r.Stubs[len(r.Stubs)-1]
	last.IDs += stub
	last.At = max(last.At, a.At)
	if len(r.Stubs) > stubBatches {
		r.Forgot = max(r.Forgot, r.Stubs[0].At)
		r.Stubs = slices.Delete(r.Stubs, 0, 1)
	}
	return r
}
