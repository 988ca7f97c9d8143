package tape

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/isolane/isolane/jsruntime/function"
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

// NewRecorder begins a record. What t has of the message is kept, its Payload where it is not too
// long; redact, where it is not nil, takes secrets out of every text. Until Finish the bytes that t
// has must not be written to.
func NewRecorder(t Tape, redact func(string) string) *Recorder {
	r := &Recorder{tape: t, left: MaxRecord, clean: redact, open: map[int32]Entry{}}
	if cost := encoded(len(t.Payload)); cost > r.left {
		r.tape.Payload, r.tape.Left = nil, true
	} else {
		r.left -= cost
	}
	return r
}

// encoded is about how many bytes so many take in JSON.
func encoded(n int) int { return n * 4 / 3 }

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
	r.left -= entryCost + len(e.Op) + len(e.Asked) + len(e.Text) + encoded(len(e.Sent)+len(e.Bytes))
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
	t.Body, t.State, t.Payload = r.clean.bytes(t.Body), r.clean.bytes(t.State), r.clean.bytes(t.Payload)
	t.Header, t.Verdicts = r.clean.header(t.Header), r.clean.verdicts(t.Verdicts)
	t.Key = r.clean.text(t.Key)
	r.left = max(r.left, 0)
	if cost := encoded(len(t.Body)+len(t.State)) + reasons(t.Verdicts); cost > r.left {
		t.Body, t.State, t.Stated, t.Verdicts, t.Cut = nil, nil, false, nil, true
	} else {
		r.left -= cost
	}
	t.Batch = r.messages(t.Batch)
	for {
		data, err := t.Encode()
		if err != nil || len(data) <= MaxSize {
			return data, err
		}
		switch t.Cut = true; {
		case t.shed(): // of the streams' messages there are others
		case len(t.Entries) > 0:
			t.Entries = t.Entries[:len(t.Entries)/2]
		case t.Header != nil:
			t.Header = nil
		case t.Payload != nil:
			t.Payload, t.Left = nil, true
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

// header is a copy of h without them.
func (c cleaner) header(h function.Header) function.Header {
	clean := make(function.Header, len(h))
	for name, values := range h {
		for _, v := range values {
			clean[name] = append(clean[name], c.text(v))
		}
	}
	return clean
}

// verdicts is a copy of all without them.
func (c cleaner) verdicts(all []function.Verdict) []function.Verdict {
	all = slices.Clone(all)
	for i := range all {
		all[i].Reason = c.text(all[i].Reason)
	}
	return all
}

// reasons is what verdicts take, in bytes.
func reasons(all []function.Verdict) (size int) {
	for _, v := range all {
		size += entryCost + len(v.Reason)
	}
	return size
}

// computed tells the operations that are computed again: their keys and data are the
// function's own, and are not kept.
func computed(op string) bool {
	return op == "crypto" || len(op) > 6 && op[:6] == "flate."
}
