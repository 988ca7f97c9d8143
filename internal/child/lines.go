package child

import (
	"bytes"
	"io"
	"sync"
)

// maxLine bounds what is kept of a line without an end, in bytes; longer ones are
// written in pieces.
const maxLine = 64 << 10

// Lines writes whole lines to out, each behind the name of who said it. Safe for
// concurrent use; writers to the same out share its lock through Shared.
type Lines struct {
	out    io.Writer
	prefix []byte
	// line is called with each line, without its end, when it is written; may be nil.
	line func([]byte)

	mu   sync.Mutex
	rest []byte // guarded by mu; a line that has no end yet
}

// NewLines makes one for who is named; "" writes no name. line is called with each line,
// without its end, and may be nil.
func NewLines(out io.Writer, name string, line func([]byte)) *Lines {
	w := &Lines{out: out, line: line}
	if name != "" {
		w.prefix = []byte(name + " | ")
	}
	return w
}

// Write takes all of p, whatever becomes of out: a node must not end because nobody
// reads its log.
func (w *Lines) Write(p []byte) (int, error) {
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

// Flush writes what has no end, when no more will come.
func (w *Lines) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		w.emit(w.rest)
		w.rest = nil
	}
}

func (w *Lines) emit(line []byte) {
	text := make([]byte, 0, len(w.prefix)+len(line)+1)
	text = append(append(append(text, w.prefix...), line...), '\n')
	_, _ = w.out.Write(text)
	if w.line != nil {
		w.line(line)
	}
}

// Shared lets several writers share one, a write at a time. Make one with NewShared.
type Shared struct {
	mu  sync.Mutex
	out io.Writer // guarded by mu
}

// NewShared shares out.
func NewShared(out io.Writer) *Shared { return &Shared{out: out} }

// Write implements io.Writer.
func (w *Shared) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}
