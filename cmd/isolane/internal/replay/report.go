package replay

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/tape"
)

// Report is what came of a replay.
type Report struct {
	Function string `json:"function"`
	// Invocation is the id of what was run. Key is that of a keyed function, Due says that it was the
	// key's alarm, and Method names the method that was called. Messages is how many messages a batch
	// has; 0 where there is none.
	Invocation string `json:"invocation"`
	Key        string `json:"key,omitempty"`
	Due        bool   `json:"alarm_due,omitempty"`
	Method     string `json:"method,omitempty"`
	Messages   int    `json:"messages,omitempty"`
	// Version is what was run, Recorded what the record is of; "" where there is none.
	Version  string `json:"version"`
	Recorded string `json:"recorded_version,omitempty"`
	// Record is whole, cut or none.
	Record string `json:"record"`
	// Outcome, Message, Location and Stack are how it ended; Before is how it had ended.
	Outcome  function.Outcome  `json:"outcome"`
	Before   *function.Outcome `json:"recorded_outcome,omitempty"`
	Message  string            `json:"message,omitempty"`
	Location string            `json:"location,omitempty"`
	Stack    string            `json:"stack,omitempty"`
	// Reply is what it returned, State what it made of its key's state, Alarm what of its alarm.
	Reply string `json:"reply,omitempty"`
	State string `json:"state,omitempty"`
	Alarm string `json:"alarm,omitempty"`
	// Said is what it said of its messages, a line for each of which it said something.
	Said []string `json:"said,omitempty"`
	// Console is what it printed, Calls what it asked the host for, both in order.
	Console []string `json:"console"`
	Calls   []Call   `json:"calls"`
	// Receipt is of the replay.
	Receipt function.Receipt `json:"receipt"`
	// Divergence is where it left the record; Differences are what else is not as it was.
	Divergence  *tape.Divergence `json:"divergence,omitempty"`
	Differences []string         `json:"differences,omitempty"`
}

// Call is something that the function asked for, and what it was told.
type Call struct {
	Asked string `json:"asked"`
	// Told is "" where the answer did not come, or is not kept.
	Told string `json:"told,omitempty"`
	// Failed says that Told is an error.
	Failed bool `json:"failed,omitempty"`
}

// Same reports whether it went as it had gone.
func (r *Report) Same() bool {
	return r.Record == "whole" && r.Divergence == nil && len(r.Differences) == 0
}

// maxTold bounds what is shown of an answer, in bytes.
const maxTold = 512

func report(cfg Config, p *tape.Player, res *function.Result) (*Report, error) {
	if res.Record == nil {
		return nil, errors.New("replay: the run left no record of its own")
	}
	now, err := tape.Decode(res.Record)
	if err != nil {
		return nil, err
	}
	r := &Report{
		Function: cfg.Function.Name, Invocation: now.Invocation, Key: now.Key, Due: now.Due, Method: now.Method, Messages: len(now.Batch), Version: cfg.Function.Version, Record: "none", Outcome: now.Outcome, Message: now.Message,
		Location: now.Location, Stack: now.Stack, Reply: shown(now.Body), State: stateOf(now), Said: said(now),
		Console: now.Console(), Calls: calls(now), Receipt: res.Receipt, Divergence: p.Divergence(),
	}
	if now.Alarm != nil {
		r.Alarm = due(now.Alarm)
	}
	if r.Console == nil {
		r.Console = []string{}
	}
	before := cfg.Tape
	if before == nil {
		return r, nil
	}
	r.Record, r.Recorded, r.Before = "whole", before.Version, &before.Outcome
	if before.Cut {
		r.Record = "cut"
		return r, nil
	}
	differs := func(is bool, what string) {
		if is {
			r.Differences = append(r.Differences, what)
		}
	}
	differs(before.Version != r.Version, "the version: "+before.Version+" was recorded, and "+r.Version+" ran")
	differs(before.Outcome != now.Outcome, "the outcome: it was "+before.Outcome.String())
	differs(!slices.Equal(before.Console(), now.Console()), "the console")
	if before.Outcome == function.OK || before.Outcome == function.Exception { // others tell of times
		differs(before.Message != now.Message, "the error: it was "+before.Message)
		differs(p.Divergence() == nil && p.Left() != "", "what it asked for: the record goes on with "+p.Left())
	}
	differs(!now.Cut && !bytes.Equal(before.Body, now.Body), "the reply")
	differs(!now.Cut && (before.Stated != now.Stated || !bytes.Equal(before.State, now.State)), "the state")
	differs(!now.Cut && !slices.Equal(said(before), said(now)), "what it said of messages: it was "+cmp.Or(strings.Join(said(before), ", "), "nothing"))
	differs(due(before.Alarm) != due(now.Alarm), "the alarm: it was "+due(before.Alarm))
	return r, nil
}

// said is what a run said of its messages.
func said(t *tape.Tape) (all []string) {
	for place, v := range t.Verdicts {
		of := t.Header
		if place < len(t.Batch) {
			of = t.Batch[place].Header
		}
		what := of.Get(function.HeaderStream) + ":" + of.Get(function.HeaderSequence)
		switch v.Action {
		case function.SaidAck:
			all = append(all, "ack of "+what)
		case function.SaidRetry:
			wait := " after its back-off"
			if v.Delay >= 0 {
				wait = " after " + v.Delay.String()
			}
			all = append(all, "retry of "+what+wait)
		case function.SaidReject:
			all = append(all, "reject of "+what+": "+v.Reason)
		case function.Unsaid:
		}
	}
	return all
}

// stateOf is what a run made of its key's state, as JSON; "" where it left it.
func stateOf(t *tape.Tape) string {
	if t.Stated && t.State == nil {
		return "taken away"
	}
	return string(t.State)
}

// due says what becomes of a key's alarm.
func due(change *function.AlarmChange) string {
	switch {
	case change == nil:
		return "left as it was"
	case change.At.IsZero():
		return "taken away"
	}
	return "set to " + change.At.UTC().Format(time.RFC3339Nano)
}

// calls lists what a tape has of them.
func calls(t *tape.Tape) []Call {
	all := []Call{}
	at := map[int]int{}
	for _, e := range t.Entries {
		switch e.Kind {
		case tape.Start:
			at[e.N] = len(all)
			all = append(all, Call{Asked: tape.Describe(e.Op, e.Asked)})
		case tape.End:
			c := &all[at[e.N]]
			c.Told, c.Failed = told(e), e.Err
		case tape.Call:
			all = append(all, Call{Asked: tape.Describe(e.Op, e.Asked), Told: told(e), Failed: e.Err})
		case tape.Log, tape.Deadline:
		}
	}
	return all
}

// told is an answer in one line.
func told(e tape.Entry) string {
	text := e.Text
	if e.Err {
		text = strings.Replace(text, "\n", ": ", 1)
	}
	if e.Bytes != nil {
		text = strings.TrimSpace(text + " " + shown(e.Bytes))
	}
	return text
}

// shown is bytes as text, bounded.
func shown(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	cut := ""
	if len(b) > maxTold {
		b, cut = b[:maxTold], "…"
	}
	text := strings.ToValidUTF8(string(b), "\uFFFD")
	if !utf8.Valid(b) && cut == "" {
		return "0x" + hex.EncodeToString(b)
	}
	return text + cut
}
