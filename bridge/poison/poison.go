package poison

import (
	"fmt"
	"slices"
	"strings"

	"github.com/isolane/isolane/jsruntime/function"
)

const (
	// MaxKills is how many isolates a message may end: then it is a dead letter.
	MaxKills = 2
	// MaxSpared is how often a message is run again at once that had no part in the end of its
	// isolate. After that it waits as one that an overloaded node gave back, so that an isolate
	// which nobody is known to end does not take a member's whole time.
	MaxSpared = 16
	// maxCause bounds what is kept of why an isolate was lost, in bytes.
	maxCause = 512
)

// Kill is an isolate that a message ended.
type Kill struct {
	// Isolate is its name; see function.Loss.
	Isolate string `json:"isolate"`
	// Cause says in one line why it was lost.
	Cause string `json:"cause"`
}

// Verdict is what becomes of a message. The set is closed.
type Verdict uint8

// The verdicts. The zero value is none of them.
const (
	// None: the loss of an isolate says nothing about it; its outcome does.
	None Verdict = iota + 1
	// Spare: it had no part in the loss, and is to be run again at once, without a penalty.
	Spare
	// Suspect: it was running. That is to be noted; it may be run again, which its outcome
	// decides.
	Suspect
	// Condemn: it is a dead letter.
	Condemn
)

// Case is a run that ended.
type Case struct {
	// Loss is how its isolate was lost; nil where it was not.
	Loss *function.Loss
	// Said is what the function had said of the message before.
	Said function.Action
	// Shared says that the run was for other messages too, any of which may be the cause.
	Shared bool
	// Spared is how often it was spared already.
	Spared int
	// Kills are the isolates that it ended before.
	Kills []Kill
}

// Decision is a verdict and what belongs to it.
type Decision struct {
	Verdict Verdict
	// Kills are the isolates that the message has ended, this one included; with Suspect and
	// Condemn. It shares nothing with Case.Kills.
	Kills []Kill
	// Error says which they were, and Reason why there is no other run; with Condemn alone.
	Error, Reason string
}

// Judge decides. What the function said of a message that had no part in the loss stands; so
// does an ack or a reject of the one that was running.
func Judge(c Case) Decision {
	switch {
	case c.Loss == nil:
		return Decision{Verdict: None}
	case !c.Loss.Suspect && (c.Said != function.Unsaid || c.Spared >= MaxSpared):
		return Decision{Verdict: None}
	case !c.Loss.Suspect:
		return Decision{Verdict: Spare}
	case c.Shared, c.Said == function.SaidAck, c.Said == function.SaidReject:
		return Decision{Verdict: None}
	}
	kills := append(slices.Clone(c.Kills), Kill{Isolate: clip(c.Loss.Isolate), Cause: clip(c.Loss.Cause)})
	if len(kills) < MaxKills {
		return Decision{Verdict: Suspect, Kills: kills}
	}
	return Decision{
		Verdict: Condemn, Kills: kills, Error: describe(kills),
		Reason: fmt.Sprintf("it ended %d isolates: it is not given another one", len(kills)),
	}
}

// describe names the isolates in one line.
func describe(kills []Kill) string {
	each := make([]string, len(kills))
	for i, k := range kills {
		each[i] = fmt.Sprintf("%s (%s)", k.Isolate, k.Cause)
	}
	return fmt.Sprintf("the message killed %d isolates: %s", len(kills), strings.Join(each, "; "))
}

// clip is text, bounded and valid.
func clip(text string) string {
	if len(text) > maxCause {
		text = text[:maxCause]
	}
	return strings.ToValidUTF8(text, "")
}
