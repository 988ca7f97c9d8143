package jsruntime

import (
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/tape"
)

// records reports whether runs of the function are recorded.
func records(m function.Manifest) bool { return m.Record != function.RecordNone }

// tells names the calls whose answer differs from run to run: they are recorded.
func tells(op string) bool {
	switch op {
	case "random", "invocation", "keyed", "now", "elapsed", "chance":
		return true
	}
	return false
}

// tell answers one of these, and notes it where the invocation whose turn it is is recorded.
func (r *Runtime) tell(x *jsContext, op, text string, in []byte) (string, []byte, error) {
	answer, out, err := r.truth(x, op, text, in)
	if i := r.turn; i != nil && i.record != nil {
		e := tape.Entry{Kind: tape.Call, Op: op, Asked: asked(op, text), Text: answer, Bytes: out, Load: r.loading}
		if err != nil {
			e.Text, e.Err = named(err).Error(), true
		}
		i.note(e)
	}
	return answer, out, err
}

// truth is what is recorded, where a record is played, or what is now.
func (r *Runtime) truth(x *jsContext, op, text string, in []byte) (string, []byte, error) {
	if r.cfg.Play != nil && r.turn != nil {
		switch e, ok := r.cfg.Play.Call(op, asked(op, text), r.loading); {
		case ok && e.Err:
			return "", nil, tape.Error(e.Text)
		case ok:
			return e.Text, e.Bytes, nil
		}
	}
	switch op {
	case "now", "elapsed", "chance": // as the engine has it
		return text, nil, nil
	}
	return r.serve(x, op, text, in)
}

// asked is what of a question is the same in each run.
func asked(op, text string) string {
	if op == "random" {
		return text
	}
	return ""
}

// recorded begins the record of i, where its function wants one: of messages of streams, of alarms
// and of calls of methods, which can all be found again.
func (r *Runtime) recorded(i *invocation) {
	if p := r.cfg.Play; p != nil {
		i.play.deadline = p.Tape().Deadline
	}
	k := i.inv.Keyed
	if !records(i.fn.Manifest) || !i.inv.Kept && (k == nil || !k.Due && k.Method == "") {
		return
	}
	engine := r.engine.Name()
	if r.light(i.fn) {
		engine = r.cfg.Light.Name()
	}
	t := tape.Tape{
		Function: i.fn.Name, Version: i.fn.Version, Engine: engine, Invocation: i.inv.ID, Subject: i.inv.Subject,
		Header: i.inv.Header, Attempt: i.inv.Attempt, Deadline: float64(i.expires().UnixMilli()), MaxPayload: r.maxPayload(),
	}
	if k != nil {
		t.Key, t.Due, t.Method = k.ID, k.Due, k.Method
	}
	if t.Method != "" {
		t.Payload = i.inv.Payload
	}
	i.record = tape.NewRecorder(t, r.cfg.Redact)
}

// recordedBatch are the messages of a batch, as they are recorded.
func recordedBatch(inv *function.Invocation) (all []tape.Message) {
	for _, m := range inv.Batch {
		all = append(all, tape.Message{ID: m.ID, Subject: m.Subject, Header: m.Header, Payload: m.Payload, Attempt: m.Attempt})
	}
	return all
}

// maxPayload is what a realm asks once for all its invocations: nats.max and its like are no
// answers to one of them.
func (r *Runtime) maxPayload() int64 {
	if r.cfg.Messenger == nil {
		return 0
	}
	return r.cfg.Messenger.MaxPayload()
}

// note notes e, where i is recorded; i may be nil.
func (i *invocation) note(e tape.Entry) {
	if i != nil && i.record != nil {
		i.record.Add(e)
	}
}

// finishRecord puts the record of i into what it is answered with.
func (r *Runtime) finishRecord(i *invocation, result *function.Result) {
	if i.record == nil {
		return
	}
	record := i.record
	i.record = nil
	if !i.fn.Manifest.Record.Keeps(result.Outcome) {
		return
	}
	data, err := record.Finish(func(t *tape.Tape) {
		t.Outcome, t.Message, t.Location, t.Stack = result.Outcome, result.Message, result.Location, result.Stack
		t.Body, t.Receipt, t.Verdicts, t.Batch = result.Body, result.Receipt, result.Verdicts, recordedBatch(i.inv)
		if result.State != nil {
			t.State, t.Stated = result.State.State, true
		}
		t.Alarm = result.Alarm
	})
	if err == nil && len(data) <= tape.MaxSize {
		result.Record = data
	}
}
