package v8

import (
	"github.com/isolane/isolane/jsruntime"
)

// Begin implements jsruntime.Realm.
func (r *realm) Begin(s jsruntime.Start) error {
	if s.Head != r.head || r.headValue == nil {
		if r.headValue != nil {
			r.headValue.Release()
			r.headValue = nil
		}
		v, err := bindNewString(r.iso.iso, s.Head)
		if err != nil {
			return err
		}
		r.head, r.headValue = s.Head, v
	}
	b := r.border
	b.setWord(jsruntime.WordInv, s.ID)
	b.setWord(jsruntime.WordKind, int32(s.Kind))
	b.setWord(jsruntime.WordAttempt, s.Attempt)
	b.setFloat(jsruntime.WordDeadline, s.Deadline)
	text := r.undefined
	if s.Kind != jsruntime.PayloadOnDemand {
		v, err := bindNewString(r.iso.iso, s.Text)
		if err != nil {
			return err
		}
		defer v.Release()
		text = v
	}
	return r.run(jsruntime.EntryStart, text, r.headValue)
}

// Complete implements jsruntime.Realm.
func (r *realm) Complete(c jsruntime.Completion) error {
	text, err := bindNewString(r.iso.iso, c.Text)
	if err != nil {
		return err
	}
	defer text.Release()
	b := r.border
	b.setWord(jsruntime.WordOp, c.Op)
	b.setWord(jsruntime.WordErr, 0)
	if c.Err {
		b.setWord(jsruntime.WordErr, 1)
	}
	if err := b.give(c.Bytes); err != nil {
		return r.translate(err)
	}
	return r.run(jsruntime.EntryResume, text)
}

// Abort implements jsruntime.Realm.
func (r *realm) Abort(id int32, kind jsruntime.AbortKind, message string) error {
	text, err := bindNewString(r.iso.iso, message)
	if err != nil {
		return err
	}
	defer text.Release()
	r.border.setWord(jsruntime.WordInv, id)
	r.border.setWord(jsruntime.WordKind, int32(kind))
	return r.run(jsruntime.EntryAbort, text)
}

// Collect implements jsruntime.Realm.
func (r *realm) Collect() error { return r.run(jsruntime.EntryCollect) }

// run enters JavaScript. V8 runs the microtasks before the call returns.
func (r *realm) run(entry int32, args ...bindValuer) error {
	r.iso.native.charge(r.owner)
	value, err := r.into(entry, args...)
	r.sweep()
	if err != nil {
		return r.translate(err)
	}
	if r.border.word(jsruntime.WordFirst) != 0 {
		r.border.setWord(jsruntime.WordFirst, 0)
		r.first, r.gotten = value.String(), true
	}
	value.Release()
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
		value, err := r.into(jsruntime.EntryNext)
		if err != nil {
			return jsruntime.Record{}, false, r.translate(err)
		}
		text = value.String()
		value.Release()
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
