package quickjs

import (
	lib "modernc.org/libquickjs"

	"github.com/isolane/isolane/jsruntime"
)

// Begin implements jsruntime.Realm.
func (r *realm) Begin(s jsruntime.Start) error {
	r.words[jsruntime.WordInv] = s.ID
	r.words[jsruntime.WordKind] = int32(s.Kind)
	r.words[jsruntime.WordAttempt] = s.Attempt
	r.floats[jsruntime.WordDeadline] = s.Deadline
	return r.iso.guard(func() error {
		payload := undefined()
		if s.Kind&^jsruntime.PayloadMarks != jsruntime.PayloadOnDemand {
			var err error
			if payload, err = r.text(s.Text); err != nil {
				return err
			}
		}
		head, err := r.text(s.Head)
		if err != nil {
			return err
		}
		return r.turn(jsruntime.EntryStart, payload, head)
	})
}

// Complete implements jsruntime.Realm.
func (r *realm) Complete(c jsruntime.Completion) error {
	r.words[jsruntime.WordOp] = c.Op
	r.words[jsruntime.WordErr] = 0
	if c.Err {
		r.words[jsruntime.WordErr] = 1
	}
	r.give(c.Bytes)
	return r.iso.guard(func() error {
		text, err := r.text(c.Text)
		if err != nil {
			return err
		}
		return r.turn(jsruntime.EntryResume, text)
	})
}

// Abort implements jsruntime.Realm.
func (r *realm) Abort(id int32, kind jsruntime.AbortKind, message string) error {
	r.words[jsruntime.WordInv] = id
	r.words[jsruntime.WordKind] = int32(kind)
	return r.iso.guard(func() error {
		text, err := r.text(message)
		if err != nil {
			return err
		}
		return r.turn(jsruntime.EntryAbort, text)
	})
}

// turn enters JavaScript, takes the record that the entry returned, if any, and runs the
// microtasks. It frees its arguments.
func (r *realm) turn(entry int32, args ...lib.TJSValue) error {
	r.words[jsruntime.WordEntry] = entry
	v := r.apply(r.enter, args...)
	for _, a := range args {
		r.free(a)
	}
	if thrown(v) {
		return r.exceptionError()
	}
	if isString(v) { // before a microtask writes over its numbers
		if err := r.record(v); err != nil {
			return err
		}
	}
	r.free(v)
	return r.microtasks()
}

// microtasks runs jobs until there are none, or the isolate is stopped.
func (r *realm) microtasks() error {
	for !r.iso.stopped.Load() {
		switch lib.XJS_ExecutePendingJob(r.iso.tls, r.iso.rt, 0) {
		case 0:
			return nil
		case 1:
		default:
			r.drop() // nobody can catch it; the promises have theirs
		}
	}
	return jsruntime.ErrTerminated
}

// Next implements jsruntime.Realm.
func (r *realm) Next() (jsruntime.Record, bool, error) {
	if !r.gotten {
		if r.words[jsruntime.WordOut] == 0 && r.words[jsruntime.WordRejected] == 0 {
			return jsruntime.Record{}, false, nil
		}
		if err := r.iso.guard(func() error { return r.turn(jsruntime.EntryNext) }); err != nil {
			return jsruntime.Record{}, false, err
		}
	}
	record, gotten := r.first, r.gotten
	r.first, r.gotten = jsruntime.Record{}, false
	return record, gotten, nil
}

// record keeps the record whose text is v.
func (r *realm) record(v lib.TJSValue) error {
	text, ok := r.read(v)
	if !ok {
		return jsruntime.ErrTerminated // there was no memory for it
	}
	r.first = jsruntime.Record{
		Kind:  jsruntime.RecordKind(r.words[jsruntime.WordKind]),
		Inv:   r.words[jsruntime.WordInv],
		Op:    r.words[jsruntime.WordOp],
		Flags: r.words[jsruntime.WordFlags],
		Text:  text,
		Bytes: r.taken(),
	}
	r.gotten = true
	return nil
}

// taken returns the bytes that JavaScript left; nil for none.
func (r *realm) taken() []byte {
	if r.words[jsruntime.WordBytes] < 0 {
		return nil
	}
	out := r.out
	r.out = nil
	if out == nil {
		return []byte{}
	}
	return out
}

// give leaves bytes for JavaScript; nil leaves none.
func (r *realm) give(bytes []byte) {
	r.in = bytes
	r.words[jsruntime.WordBytes] = -1
	if bytes != nil {
		r.words[jsruntime.WordBytes] = int32(len(bytes))
	}
}
