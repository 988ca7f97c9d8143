package actors

import (
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// fresh is how long the words of a refusal hold: in an overload there are many a
// millisecond, and their figures hardly differ.
const fresh = 10 * time.Millisecond

// said names what a refusal says.
type said int

const (
	saidFull said = iota + 1
	saidPart
	saidTooLong
)

// words is the last refusal of a function's calls. The Result is shared by all that it
// answers, and complete: nobody writes to it.
type words struct {
	what said
	at   time.Time
	res  *function.Result
}

// say returns a refusal of rec's calls, with words that are made where there are none that
// are fresh. The caller holds mu, and so does who calls the refusal.
func (d *dispatcher) say(rec *record, now time.Time, what said, after time.Duration, text func(after time.Duration, peers string) string) refusal {
	return func(asked bool) *function.Result {
		if asked && d.cfg.Overflow != nil {
			return overloaded(after, text(shown(after), ", and no other member has room"))
		}
		if w := &rec.words; w.what != what || now.Sub(w.at) >= fresh {
			*w = words{what, now, overloaded(after, text(shown(after), ""))}
			w.res.Receipt.Node = d.cfg.Node
		}
		return rec.words.res
	}
}
