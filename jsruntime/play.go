package jsruntime

import (
	"time"

	"github.com/isolane/isolane/jsruntime/hostcap"
	"github.com/isolane/isolane/jsruntime/tape"
)

// playing is what of an invocation is played from a record. The zero value is nothing.
type playing struct {
	// deadline is what the function is told of its own, in milliseconds since 1970; 0: the truth.
	deadline float64
	// ids are the operations that are on the record, by their numbers there; numbers is the
	// inverse.
	ids     map[int]int32
	numbers map[int32]int
	// arrived are the ends of those that are computed again, until it is their turn.
	arrived map[int]Completion
	// waits are those that were posted, are computed, or are not on the record.
	waits map[int32]struct{}
}

// wait notes that the end of an operation is on its way.
func (p *playing) wait(id int32) {
	if p.waits == nil {
		p.waits = map[int32]struct{}{}
	}
	p.waits[id] = struct{}{}
}

// playStart finds the operation in the record, and reports whether that is all: else it is begun
// as any other is.
func (r *Runtime) playStart(i *invocation, id int32, op, text string, sent []byte) bool {
	p := &i.play
	e, found := r.cfg.Play.Start(op, text, sent)
	switch {
	case found:
		if p.ids == nil {
			p.ids, p.numbers, p.arrived = map[int]int32{}, map[int32]int{}, map[int]Completion{}
		}
		p.ids[e.N], p.numbers[id] = id, e.N
		if e.Live {
			p.wait(id)
			return false
		}
	case op == "timer", r.cfg.PlayLive:
		p.wait(id)
		return false
	default:
		i.operations[id] = operation{}
		refused := &hostcap.Error{Kind: hostcap.Unavailable, Message: tape.Describe(op, text) + " is not on the record, and is refused: --live asks for it"}
		r.post(i, Completion{Op: id, Text: string(refused.Kind) + "\n" + refused.Message, Err: true})
		return true
	}
	i.operations[id] = operation{}
	return true
}

func (r *Runtime) post(i *invocation, c Completion) {
	i.play.wait(c.Op)
	r.cfg.Post(Event{kind: eventCompletion, invocation: i, completion: c, at: time.Now(), played: true})
}

// played takes in the end of an operation, and reports whether it is to be passed on now: one
// that was computed again waits for its place in the record.
func (r *Runtime) played(i *invocation, ev *Event) bool {
	p := &i.play
	delete(p.waits, ev.completion.Op)
	n, recorded := p.numbers[ev.completion.Op]
	if !recorded || ev.played {
		return true
	}
	p.arrived[n] = ev.completion
	r.playOn(i)
	return false
}

// playOn has what the record says next happen.
func (r *Runtime) playOn(i *invocation) {
	if r.loading {
		return // the message has not been given to it yet
	}
	p := &i.play
	e, ok := r.cfg.Play.Next()
	switch {
	case !ok:
	case e.Kind == tape.Deadline:
		r.cfg.Play.Took()
		r.cfg.Post(Event{kind: eventDeadline, invocation: i, at: time.Now()})
		return
	case e.Live:
		c, arrived := p.arrived[e.N]
		if !arrived {
			return
		}
		r.cfg.Play.Took()
		r.post(i, c)
		return
	default:
		r.cfg.Play.Took()
		r.post(i, Completion{Op: p.ids[e.N], Text: e.Text, Bytes: e.Bytes, Err: e.Err})
		return
	}
	if len(p.waits) == 0 && r.cfg.PlayEnds != nil {
		r.cfg.PlayEnds()
	}
}

// playDropped takes in that nobody waits for an end any more.
func (r *Runtime) playDropped(i *invocation, id int32) {
	delete(i.play.waits, id)
	if r.cfg.Play != nil {
		r.playOn(i)
	}
}
