package v8

import (
	"github.com/isolane/isolane/jsruntime"
)

// Begin implements jsruntime.Realm.
func (r *realm) Begin(s jsruntime.Start) error {
	b := r.border
	b.setWord(jsruntime.WordInv, s.ID)
	b.setWord(jsruntime.WordKind, int32(s.Kind))
	b.setWord(jsruntime.WordAttempt, s.Attempt)
	b.setFloat(jsruntime.WordDeadline, s.Deadline)
	r.prepare(jsruntime.EntryStart)
	return r.ran(r.port.enterTexts(s.Text, s.Kind&^jsruntime.PayloadMarks == jsruntime.PayloadOnDemand, s.Head))
}

// Complete implements jsruntime.Realm.
func (r *realm) Complete(c jsruntime.Completion) error {
	b := r.border
	b.setWord(jsruntime.WordOp, c.Op)
	b.setWord(jsruntime.WordErr, 0)
	if c.Err {
		b.setWord(jsruntime.WordErr, 1)
	}
	if err := b.give(c.Bytes); err != nil {
		return r.translate(err)
	}
	r.prepare(jsruntime.EntryResume)
	return r.ran(r.port.enterText(c.Text))
}

// Abort implements jsruntime.Realm.
func (r *realm) Abort(id int32, kind jsruntime.AbortKind, message string) error {
	r.border.setWord(jsruntime.WordInv, id)
	r.border.setWord(jsruntime.WordKind, int32(kind))
	r.prepare(jsruntime.EntryAbort)
	return r.ran(r.port.enterText(message))
}

// Collect implements jsruntime.Realm.
func (r *realm) Collect() error {
	r.prepare(jsruntime.EntryCollect)
	return r.ran(r.port.enter())
}

// prepare is called before an entry into JavaScript.
func (r *realm) prepare(entry int32) {
	r.iso.charge(r)
	r.border.setWord(jsruntime.WordEntry, entry)
}

// ran takes what an entry returned: the text of the oldest record, where there is one.
// V8 has run the microtasks.
func (r *realm) ran(text string, gotten bool, err error) error {
	r.iso.calls.sweep()
	if err != nil {
		return r.translate(err)
	}
	r.first, r.gotten = text, gotten
	r.iso.turned()
	return nil
}

// Next implements jsruntime.Realm.
func (r *realm) Next() (jsruntime.Record, bool, error) {
	text := r.first
	if r.gotten {
		r.first, r.gotten = "", false
	} else {
		if r.border.word(jsruntime.WordOut) == 0 && r.border.word(jsruntime.WordRejected) == 0 {
			return jsruntime.Record{}, false, nil
		}
		r.border.setWord(jsruntime.WordEntry, jsruntime.EntryNext)
		var err error
		if text, _, err = r.port.enter(); err != nil {
			return jsruntime.Record{}, false, r.translate(err)
		}
	}
	b := r.border
	return jsruntime.Record{
		Kind:  jsruntime.RecordKind(b.word(jsruntime.WordKind)),
		Inv:   b.word(jsruntime.WordInv),
		Op:    b.word(jsruntime.WordOp),
		Flags: b.word(jsruntime.WordFlags),
		Text:  text,
		Bytes: b.take(),
	}, true, nil
}
