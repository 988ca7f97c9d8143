// Package tape is the record of one invocation: what it was told by its host, in order, so that
// it can be run again with the same answers.
//
// A Recorder takes it down while an invocation runs, within a number of bytes; what does not fit
// is cut, and the tape says so. Encode makes it JSON, Decode reads it. A Player hands the answers
// out again, and tells where a run asks for something else than the one that was recorded:
//
//	p := tape.NewPlayer(t, nil)
//	n, found := p.Start("fetch", "GET\n...", nil)   // which of the recorded ones it is
//	e, ok := p.Next()                               // the answer that came next
//	p.Divergence()                                  // nil where it went as before
//
// It knows no engine, and no transport. A Recorder and a Player belong to one goroutine.
package tape
