package tape

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/isolane/isolane/jsruntime/function"
)

// Divergence is where a run asked for something else than the recorded one.
type Divergence struct {
	// Call numbers it among what the run asked its host for, from 1.
	Call int `json:"call"`
	// Asked is what the function did, Recorded what it did then; "" for nothing.
	Asked    string `json:"asked"`
	Recorded string `json:"recorded"`
}

// String says it in a line.
func (d *Divergence) String() string {
	if d.Recorded == "" {
		return fmt.Sprintf("at host call %d: the function asked for %s, and the record has nothing more", d.Call, d.Asked)
	}
	return fmt.Sprintf("at host call %d: the function asked for %s, the record has %s", d.Call, d.Asked, d.Recorded)
}

// Player hands a record out.
type Player struct {
	tape  *Tape
	clean cleaner
	// starts, calls and loads are the entries that are still to come, ends those of operations
	// and deadlines; each as places in the tape.
	starts, calls, loads, ends []int
	began                      map[int]bool
	// asked counts what the run asked for.
	asked    int
	diverged *Divergence
	// off says that the run is not on the record any more.
	off bool
}

// NewPlayer plays t. redact is what the Recorder had.
func NewPlayer(t *Tape, redact func(string) string) *Player {
	p := &Player{tape: t, clean: redact, began: map[int]bool{}}
	for i, e := range t.Entries {
		switch {
		case e.Kind == Start:
			p.starts = append(p.starts, i)
		case e.Kind == Call && e.Load:
			p.loads = append(p.loads, i)
		case e.Kind == Call:
			p.calls = append(p.calls, i)
		case e.Kind == End, e.Kind == Deadline:
			p.ends = append(p.ends, i)
		}
	}
	return p
}

// Tape is what is played.
func (p *Player) Tape() *Tape { return p.tape }

// Divergence is the first one, or nil. That a record which was cut has no more is none, nor that
// of a run that was stopped.
func (p *Player) Divergence() *Divergence { return p.diverged }

// Off reports whether the run goes on without the record: it asked for something else, or the
// record is at its end.
func (p *Player) Off() bool { return p.off }

// Left is the first of what the recorded run asked for and this one did not, in words; "" where
// there is none.
func (p *Player) Left() string {
	first := len(p.tape.Entries)
	for _, queue := range [][]int{p.starts, p.calls} {
		if len(queue) > 0 {
			first = min(first, queue[0])
		}
	}
	if first == len(p.tape.Entries) {
		return ""
	}
	return Describe(p.tape.Entries[first].Op, p.tape.Entries[first].Asked)
}

// Call answers what the host is asked for at once. What was asked while the module was loaded
// and is not in the record is not found, and no divergence: the module had been loaded before.
func (p *Player) Call(op, asked string, load bool) (e Entry, found bool) {
	queue := &p.calls
	if load {
		queue = &p.loads
	}
	p.asked++
	if p.off {
		return Entry{}, false
	}
	if len(*queue) == 0 {
		if !load {
			p.left(Describe(op, asked), "")
		}
		return Entry{}, false
	}
	e = p.tape.Entries[(*queue)[0]]
	if e.Op != op || !answered(op) && e.Asked != p.clean.text(asked) {
		if !load {
			p.left(Describe(op, asked), Describe(e.Op, e.Asked))
		}
		return Entry{}, false
	}
	*queue = (*queue)[1:]
	return e, true
}

// answered tells the calls whose question is but what the answer would be now.
func answered(op string) bool { return op == "now" || op == "elapsed" || op == "chance" }

// Start says which of the recorded operations the next one is; not found: it is none of them.
func (p *Player) Start(op, asked string, sent []byte) (e Entry, found bool) {
	p.asked++
	if p.off {
		return Entry{}, false
	}
	asked = known(op, asked)
	if len(p.starts) == 0 {
		p.left(Describe(op, asked), "")
		return Entry{}, false
	}
	e = p.tape.Entries[p.starts[0]]
	same := e.Op == op && (e.Live || e.Asked == p.clean.text(asked) && bytes.Equal(e.Sent, p.clean.bytes(sent)))
	if !same {
		had := Describe(e.Op, e.Asked)
		if had == Describe(op, asked) {
			had += " with something else in it"
		}
		p.left(Describe(op, asked), had)
		return Entry{}, false
	}
	p.starts = p.starts[1:]
	p.began[e.N] = true
	return e, true
}

// Next is what happened next of what the run waits for; not ok: the record says no more.
func (p *Player) Next() (e Entry, ok bool) {
	if len(p.ends) == 0 || p.off && p.tape.Entries[p.ends[0]].Kind == Deadline {
		return Entry{}, false
	}
	e = p.tape.Entries[p.ends[0]]
	if e.Kind == End && !p.began[e.N] {
		return Entry{}, false
	}
	return e, true
}

// Took takes what Next returned off the record.
func (p *Player) Took() { p.ends = p.ends[1:] }

// left notes that the run leaves the record.
func (p *Player) left(asked, recorded string) {
	p.off = true
	if recorded == "" && (p.tape.Cut || stopped(p.tape.Outcome)) {
		return
	}
	p.diverged = &Divergence{Call: p.asked, Asked: asked, Recorded: recorded}
}

// stopped tells the ends that come in the middle of a turn: how far it is then, the engine decides.
func stopped(o function.Outcome) bool {
	return o == function.ExceededCPU || o == function.ExceededMemory || o == function.Crashed
}

// maxDescribed bounds what is shown of a question, in bytes.
const maxDescribed = 160

// Describe says in a few words what was asked for.
func Describe(op, asked string) string {
	switch op {
	case "fetch":
		method, rest, _ := strings.Cut(asked, "\n")
		return "fetch " + method + " " + clip(rest[strings.LastIndexByte(rest, '\n')+1:])
	case "timer":
		return "a timer of " + clip(asked) + " ms"
	case "now":
		return "the time"
	case "elapsed":
		return "performance.now()"
	case "chance":
		return "Math.random()"
	case "random":
		return clip(asked) + " random bytes"
	case "keyed":
		return "the state"
	case "invocation":
		return "ctx.invocation"
	}
	head, _, _ := strings.Cut(asked, "\n")
	return op + " " + clip(head)
}

func clip(text string) string {
	if len(text) > maxDescribed {
		return strings.ToValidUTF8(text[:maxDescribed], "") + "…"
	}
	return text
}
