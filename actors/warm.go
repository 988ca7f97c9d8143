package actors

import "github.com/isolane/isolane/jsruntime/bundle"

// warmSet is what one actor believes to be warm in its isolate. A runtime evicts
// contexts without a word, so each turn checks one entry beside the function that
// just ran: a belief that is wrong costs a cold start, never a wrong answer.
type warmSet struct {
	known []warmth // indexed by record.index
	check int
}

// after appends to changes what came or went with the run of fn.
func (w *warmSet) after(changes []warmth, rt Runtime, rec *record, fn *bundle.Function) []warmth {
	for len(w.known) <= rec.index {
		w.known = append(w.known, warmth{})
	}
	version := ""
	if rt.Warm(fn.Name, fn.Version) {
		version = fn.Version
	}
	if w.known[rec.index].version != version {
		w.known[rec.index] = warmth{rec, version}
		changes = append(changes, warmth{rec, version})
	}
	w.check = (w.check + 1) % len(w.known)
	old := w.known[w.check]
	if old.version == "" || w.check == rec.index || rt.Warm(old.rec.name, old.version) {
		return changes
	}
	w.known[w.check].version = ""
	return append(changes, warmth{old.rec, ""})
}
