package main

import (
	"bytes"
	"io"
	"sync"
)

// maxLine bounds what is kept of a line without an end, in bytes; longer ones are
// written in pieces.
const maxLine = 64 << 10

// prefixed writes whole lines to out, each behind the name of who said it. Safe for
// concurrent use; writers to the same out share its lock through syncWriter.
type prefixed struct {
	out    io.Writer
	prefix []byte
	// line is called with each line, without its end, when it is written; may be nil.
	line func([]byte)

	mu   sync.Mutex
	rest []byte // guarded by mu; a line that has no end yet
}

func newPrefixed(out io.Writer, name string, line func([]byte)) *prefixed {
	return &prefixed{out: out, prefix: []byte(name + " | "), line: line}
}

// Write takes all of p, whatever becomes of out: a node must not end because nobody
// reads its log.
func (w *prefixed) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, p...)
	for {
		end := bytes.IndexByte(w.rest, '\n')
		if end < 0 {
			break
		}
		w.emit(w.rest[:end])
		w.rest = w.rest[end+1:]
	}
	if len(w.rest) > maxLine {
		w.emit(w.rest)
		w.rest = nil
	}
	if len(w.rest) == 0 {
		w.rest = nil
	}
	return len(p), nil
}

// flush writes what has no end, when no more will come.
func (w *prefixed) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		w.emit(w.rest)
		w.rest = nil
	}
}

func (w *prefixed) emit(line []byte) {
	text := make([]byte, 0, len(w.prefix)+len(line)+1)
	text = append(append(append(text, w.prefix...), line...), '\n')
	_, _ = w.out.Write(text)
	if w.line != nil {
		w.line(line)
	}
}

// syncWriter lets several writers share one, a write at a time.
type syncWriter struct {
	mu  sync.Mutex
	out io.Writer // guarded by mu
}

func (w *syncWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}
