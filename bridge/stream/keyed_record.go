package stream

import (
	"encoding/json"
	"fmt"

	"github.com/isolane/isolane/jsruntime/function"
)

// record is what the bucket of a keyed function holds for one key.
type record struct {
	// Seq is the last message that is in the state, by its place in the stream.
	Seq uint64 `json:"seq"`
	// Stream tells the stream that Seq is about from one that is made anew under its name.
	Stream string `json:"stream"`
	// Epoch is the token of the lease under which it was written.
	Epoch uint64 `json:"epoch"`
	// Trying is the message that was about to be run when a member took the key over, or ran it
	// again.
	Trying *trying `json:"trying,omitempty"`
	// Rung says that Epoch was written for an alarm or a call: no message was claimed under it.
	Rung bool `json:"rung,omitempty"`
	// Alarm is the key's; nil for none. Alarms counts those that were ever set, and Fired is the
	// number of the last one that is in the state.
	Alarm  *alarm `json:"alarm,omitempty"`
	Alarms uint64 `json:"alarms,omitempty"`
	Fired  uint64 `json:"fired,omitempty"`
	// Reply is what the function returned for Seq, where the trigger replies.
	Reply *reply `json:"reply,omitempty"`
	// Calls are the last calls that are in the state, the newest last.
	Calls []answered `json:"calls,omitempty"`
	// Stubs are those before them, the newest last, and Forgot is when the last one was committed
	// of those that are forgotten, in milliseconds since 1970; 0 where none is.
	Stubs  []stubs `json:"stubs,omitempty"`
	Forgot int64   `json:"forgot,omitempty"`
	// State is the function's; nil for none. It stands last.
	State json.RawMessage `json:"state,omitempty"`
}

// trying is a message, and which of its runs, of those that count, was about to begin.
type trying struct {
	Seq   uint64 `json:"seq"`
	Times int    `json:"times"`
}

// reply is what was, or is to be, published for a message.
type reply struct {
	Body   []byte          `json:"body,omitempty"`
	Header function.Header `json:"header,omitempty"`
	Status int             `json:"status,omitempty"`
}

func replyOf(res *function.Result) *reply {
	return &reply{Body: res.Body, Header: res.Header, Status: res.Status}
}

func (r *reply) result() *function.Result {
	return &function.Result{Outcome: function.OK, Body: r.Body, Header: r.Header, Status: r.Status}
}

// encode writes r. The state and the answers to calls are JSON already, and are not looked at.
func (r record) encode() ([]byte, error) {
	state, calls := r.State, r.Calls
	r.State, r.Calls = nil, nil
	head, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("stream: write a record: %w", err)
	}
	out := make([]byte, 0, len(head)+encodedCalls(calls)+len(state)+len(`,"state":}`))
	out = append(out, head[:len(head)-1]...)
	out = appendCalls(out, calls)
	if state != nil {
		out = append(out, `,"state":`...)
		out = append(out, state...)
	}
	return append(out, '}'), nil
}

// readRecord is the inverse. The error wraps errNoRecord.
func readRecord(data []byte) (record, error) {
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return record{}, fmt.Errorf("%w: %w", errNoRecord, err)
	}
	if r.Stream == "" {
		return record{}, fmt.Errorf("%w: it names no stream", errNoRecord)
	}
	if string(r.State) == "null" {
		// A state that is null is JSON as any other; one that is missing is none.
		r.State = json.RawMessage("null")
	}
	return r, nil
}

// applied reports whether the message at seq of that stream is in the state.
func (r record) applied(stream string, seq uint64) bool {
	return r.Stream == stream && seq <= r.Seq
}

// includes reports whether what next settles is settled in r.
func (r record) includes(next record) bool {
	return r.applied(next.Stream, next.Seq) && r.Fired >= next.Fired
}

// claim is r as it is written before a run of seq, after which no run that began before can
// commit. times is which run that is, as far as who claims knows; whoever was about to run it
// before counts too.
func (r record) claim(stream string, epoch, seq uint64, times int) record {
	if r.Stream == stream && r.Trying != nil && r.Trying.Seq == seq {
		times = max(times, r.Trying.Times+1)
	}
	if r.Stream != stream {
		r.Stream, r.Seq, r.Reply = stream, 0, nil
	}
	r.Epoch, r.Rung, r.Trying = epoch, false, &trying{Seq: seq, Times: times}
	return r
}

// settle is r once the message at seq is dealt with.
func (r record) settle(stream string, epoch, seq uint64, change changes, said *reply) record {
	r = change.of(r)
	r.Stream, r.Epoch, r.Rung, r.Seq, r.Trying, r.Reply = stream, epoch, false, seq, nil, said
	return r
}

// changes are what a run makes of its key: nil leaves as it is.
type changes struct {
	state *function.StateChange
	alarm *function.AlarmChange
}

// of is r with them.
func (c changes) of(r record) record {
	if c.state != nil {
		r.State = c.state.State
	}
	if c.alarm == nil {
		return r
	}
	r.Alarm = nil
	if !c.alarm.At.IsZero() {
		r.Alarms++
		r.Alarm = &alarm{At: c.alarm.At.UnixMilli(), Number: r.Alarms}
	}
	return r
}
