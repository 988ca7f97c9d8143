package tape

import "github.com/isolane/isolane/jsruntime/function"

// Message is a message of a batch.
type Message struct {
	// ID, Subject, Header, Payload and Attempt are as function.Message has them.
	ID      string          `json:"id"`
	Subject string          `json:"subject,omitempty"`
	Header  function.Header `json:"header,omitempty"`
	Payload []byte          `json:"payload,omitzero"`
	Attempt int             `json:"attempt"`
	// Left says that there was no room for Subject and Payload, and that of Header there is but
	// where the message stands in its stream.
	Left bool `json:"left,omitempty"`
}

// leave leaves out of m what its stream has.
func (m *Message) leave() {
	place := function.Header{}
	for _, name := range []string{function.HeaderStream, function.HeaderSequence, function.HeaderStored} {
		if v, ok := m.Header[name]; ok {
			place[name] = v
		}
	}
	m.Subject, m.Header, m.Payload, m.Left = "", place, nil, true
}

// messages is a copy of all as they are kept: the first ones whole, as far as there is room.
func (r *Recorder) messages(all []Message) []Message {
	if len(all) == 0 {
		return nil
	}
	kept := make([]Message, len(all))
	room := true
	for i, m := range all {
		cost := entryCost + len(m.Subject) + encoded(len(m.Payload))
		for name, values := range m.Header {
			for _, v := range values {
				cost += len(name) + len(v)
			}
		}
		if room = room && cost <= r.left; room {
			r.left -= cost
			m.Subject, m.Payload, m.Header = r.clean.text(m.Subject), r.clean.bytes(m.Payload), r.clean.header(m.Header)
		} else {
			m.leave()
		}
		kept[i] = m
	}
	return kept
}

// shed leaves the last half out of what is kept of a batch, and reports whether there was
// anything to leave out.
func (t *Tape) shed() bool {
	whole := 0
	for whole < len(t.Batch) && !t.Batch[whole].Left {
		whole++
	}
	for i := whole / 2; i < whole; i++ {
		t.Batch[i].leave()
	}
	return whole > 0
}

// Run is the invocation that t is of, as far as t has it: the payload of a message that is no
// part of a batch is not here. What it has is t's.
func (t *Tape) Run() *function.Invocation {
	inv := &function.Invocation{
		ID: t.Invocation, Function: t.Function, Subject: t.Subject, Header: t.Header, Payload: t.Payload, Attempt: t.Attempt,
		Kept: !t.Due && t.Method == "",
	}
	if t.Key != "" {
		inv.Keyed = &function.Keyed{ID: t.Key, Due: t.Due, Method: t.Method}
	}
	for _, m := range t.Batch {
		inv.Batch = append(inv.Batch, function.Message{ID: m.ID, Subject: m.Subject, Header: m.Header, Payload: m.Payload, Attempt: m.Attempt})
	}
	return inv
}
