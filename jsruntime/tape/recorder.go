package tape

import (
	"bytes"
	"fmt"
	"strings"
)

// MaxRecord is about how many bytes of one invocation are recorded: so at most 4,096 entries.
const MaxRecord = 256 << 10

// entryCost is what an entry takes beside its texts, in bytes.
const entryCost = 64

// Recorder takes an invocation down.
type Recorder struct {
	tape  Tape
	left  int
	clean cleaner
	// open are the operations that began, by the host's own numbers.
	open  map[int32]Entry
	began int
}

// NewRecorder begins a record. What t has of the message is kept; redact, where it is not nil,
// takes secrets out of every text.
func NewRecorder(t Tape, redact func(string) string) *Recorder {
	return &Recorder{tape: t, left: MaxRecord, clean: redact, open: map[int32]Entry{}}
}

// Begin notes that an operation begins.
func (r *Recorder) Begin(id int32, op, asked string, sent []byte) {
	r.began++
	e := Entry{Kind: Start, N: r.began, Op: op, Live: computed(op)}
	r.open[id] = e
	if !e.Live {
		e.Asked, e.Sent = known(op, asked), sent
	}
	r.Add(e)
}

// End notes that it ended.
func (r *Recorder) End(id int32, text string, out []byte, failed bool) {
	start, ok := r.open[id]
	if !ok {
		return
	}
	delete(r.open, id)
	e := Entry{Kind: End, N: start.N, Live: start.Live}
	if !e.Live {
		e.Text, e.Bytes, e.Err = text, out, failed
	}
	r.Add(e)
}

// Add notes e, where there is room: once there is none, nothing more is noted.
func (r *Recorder) Add(e Entry) {
	if r.tape.Cut {
		return
	}
	e.Asked, e.Text, e.Sent, e.Bytes = r.clean.text(e.Asked), r.clean.text(e.Text), r.clean.bytes(e.Sent), r.clean.bytes(e.Bytes)
	r.left -= entryCost + len(e.Op) + len(e.Asked) + len(e.Text) + (len(e.Sent)+len(e.Bytes))*4/3
	if r.left < 0 {
		r.tape.Cut = true
		return
	}
	r.tape.Entries = append(r.tape.Entries, e)
}

// Finish ends the record with what end sets of it. What is returned there goes where there is
// no room for it, and the tape is cut then. So it is where JSON makes it longer than MaxSize.
func (r *Recorder) Finish(end func(*Tape)) ([]byte, error) {
	t := r.tape
	end(&t)
	t.Message, t.Stack = r.clean.text(t.Message), r.clean.text(t.Stack)
	t.Body, t.State = r.clean.bytes(t.Body), r.clean.bytes(t.State)
	if (len(t.Body)+len(t.State))*4/3 > max(r.left, 0) {
		t.Body, t.State, t.Stated, t.Cut = nil, nil, false, true
	}
	header := t.Header
	t.Header = make(map[string][]string, len(header))
	for name, values := range header {
		for _, v := range values {
			t.Header[name] = append(t.Header[name], r.clean.text(v))
		}
	}
	for {
		data, err := t.Encode()
		if err != nil || len(data) <= MaxSize {
			return data, err
		}
		switch t.Cut = true; {
		case len(t.Entries) > 0:
			t.Entries = t.Entries[:len(t.Entries)/2]
		case t.Header != nil:
			t.Header = nil
		default:
			return nil, fmt.Errorf("tape: %d bytes without any entry, at most %d are kept", len(data), MaxSize)
		}
	}
}

// cleaner takes secrets out; nil where there are none.
type cleaner func(string) string

// text is text without them, and as JSON brings it back.
func (c cleaner) text(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if c == nil || text == "" {
		return text
	}
	return c(text)
}

// bytes is a copy of b, which is the caller's, without them.
func (c cleaner) bytes(b []byte) []byte {
	if b == nil || c == nil {
		return bytes.Clone(b)
	}
	return []byte(c(string(b)))
}

// computed tells the operations that are computed again: their keys and data are the
// function's own, and are not kept.
func computed(op string) bool {
	return op == "crypto" || len(op) > 6 && op[:6] == "flate."
}
