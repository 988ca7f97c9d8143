package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

// How a moving line is drawn: for what takes longer than progressAfter, each progressEvery, with a
// bar of progressBar columns.
const (
	progressAfter = 2 * time.Second
	progressEvery = 100 * time.Millisecond
	progressBar   = 24
)

// clearLine goes to the beginning of the line and wipes it.
const clearLine = "\r\x1b[K"

// moving is a line at the bottom of a terminal that says how far a command is. Nil is one that is
// not shown; all methods take it. It is safe for concurrent use.
type moving struct {
	to    io.Writer
	width func() int
	stop  chan struct{}
	ended chan struct{}
	once  sync.Once

	mu    sync.Mutex
	part  float64 // guarded by mu; below 0: nobody knows
	text  string  // guarded by mu
	drawn bool    // guarded by mu: the line stands there
}

// newMoving begins a line on standard error, which appears where the command takes longer than
// progressAfter. It is nil, and nothing is shown, where standard error is no terminal or a dumb one,
// with NO_COLOR, and for --json. The caller closes it.
func newMoving(std streams, asJSON bool) *moving {
	if asJSON || std.getenv("NO_COLOR") != "" || std.getenv("TERM") == "dumb" || !isTerminal(std.err) {
		return nil
	}
	width := func() int {
		if file, ok := std.err.(*os.File); ok {
			if w, _, err := term.GetSize(file.Fd()); err == nil && w > 0 {
				return w
			}
		}
		return 80
	}
	return startMoving(std.err, width, progressAfter)
}

// startMoving is newMoving on any writer.
func startMoving(to io.Writer, width func() int, after time.Duration) *moving {
	m := &moving{to: to, width: width, part: -1, stop: make(chan struct{}), ended: make(chan struct{})}
	go m.run(after)
	return m
}

// run draws until the line is closed.
func (m *moving) run(after time.Duration) {
	defer close(m.ended)
	select {
	case <-m.stop:
		return
	case <-time.After(after):
	}
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for {
		m.mu.Lock()
		m.draw()
		m.mu.Unlock()
		select {
		case <-m.stop:
			return
		case <-ticker.C:
		}
	}
}

// draw writes the line. The caller holds mu.
func (m *moving) draw() {
	line := m.text
	if m.part >= 0 {
		full := int(m.part * progressBar)
		line = fmt.Sprintf("\x1b[%sm%s\x1b[0m%s %3.0f%%  %s", green, strings.Repeat("█", full), strings.Repeat("░", progressBar-full), 100*m.part, line)
	}
	_, _ = io.WriteString(m.to, clearLine+ansi.Truncate(line, max(m.width()-1, 1), "…"))
	m.drawn = true
}

// wipe takes the line away. The caller holds mu.
func (m *moving) wipe() {
	if m.drawn {
		_, _ = io.WriteString(m.to, clearLine)
		m.drawn = false
	}
}

// at says that done of total are done, and what is done now. Total 0 is where nobody knows.
func (m *moving) at(done, total int, format string, args ...any) {
	part := -1.0
	if total > 0 {
		part = float64(done) / float64(total)
	}
	m.say(part, fmt.Sprintf(format, args...))
}

// say sets the part that is done, below 0 where nobody knows, and the text beside it.
func (m *moving) say(part float64, text string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.part, m.text = min(part, 1), strings.Map(printable, strings.Join(strings.Fields(text), " "))
}

// aside prints something else: the line makes way for it, and comes back below.
func (m *moving) aside(print func()) {
	if m == nil {
		print()
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wipe()
	print()
}

// close takes the line away. What is called afterwards draws nothing.
func (m *moving) close() {
	if m == nil {
		return
	}
	m.once.Do(func() { close(m.stop) })
	<-m.ended
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wipe()
}
