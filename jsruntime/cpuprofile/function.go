package cpuprofile

import (
	"strings"
	"time"
)

// Bundle tells what the author wrote; *bundle.Bundle does.
type Bundle interface {
	// Position maps a position in the script; all count from 1.
	Position(line, column int) (file string, l, c int, ok bool)
}

// The frames that stand for more than one.
const (
	others = "(other functions)"
	idle   = "(idle)"
)

// idleAfter is how many times as long as the interval between two samples nothing was sampled
// where no JavaScript ran.
const idleAfter = 10

// Of is the profile of one function: origin is the name that its script was compiled under, b
// has its positions, every is the interval of the samples. p stays as it is.
func (p *Profile) Of(origin string, b Bundle, every time.Duration) *Profile {
	f := filter{origin: origin, bundle: b, from: p, at: make(map[int]int, len(p.Nodes)), became: make(map[int]int, len(p.Nodes))}
	for i := range p.Nodes {
		f.at[p.Nodes[i].ID] = i
	}
	f.mark()
	f.out = Profile{StartTime: p.StartTime, EndTime: p.EndTime}
	f.node(0, CallFrame{FunctionName: "(root)", ScriptID: "0", LineNumber: -1, ColumnNumber: -1})
	f.node(1, CallFrame{FunctionName: others, ScriptID: "0", LineNumber: -1, ColumnNumber: -1})
	f.node(1, CallFrame{FunctionName: idle, ScriptID: "0", LineNumber: -1, ColumnNumber: -1})
	f.copy()
	f.samples(every.Microseconds())
	return &f.out
}

// Hits is how many samples were in frames of files that the function's author wrote, or below.
func (p *Profile) Hits() (hits int) {
	for i := range p.Nodes {
		if name := p.Nodes[i].CallFrame.FunctionName; name != others && name != idle && !meta(p.Nodes[i].CallFrame) {
			hits += p.Nodes[i].HitCount
		}
	}
	return hits
}

// meta reports whether a frame is V8's own word, as (program) and (garbage collector).
func meta(c CallFrame) bool { return c.URL == "" && strings.HasPrefix(c.FunctionName, "(") }

// filter makes a profile of one function.
type filter struct {
	origin string
	bundle Bundle
	from   *Profile
	at     map[int]int // indexes of nodes by id
	keep   []bool      // whether a node is of the function, above one, or below one
	became map[int]int // ids in out by id; what is not there is others
	out    Profile
}

// The nodes of out that are always there, by id.
const (
	rootID = 1 + iota
	othersID
	idleID
)

// node adds one, and returns its id.
func (f *filter) node(parent int, c CallFrame) int {
	id := len(f.out.Nodes) + 1
	f.out.Nodes = append(f.out.Nodes, Node{ID: id, CallFrame: c})
	if parent > 0 {
		f.out.Nodes[parent-1].Children = append(f.out.Nodes[parent-1].Children, id)
	}
	return id
}

// mark finds the nodes to keep. Children come behind their parents.
func (f *filter) mark() {
	nodes := f.from.Nodes
	f.keep = make([]bool, len(nodes))
	inside := make([]bool, len(nodes))
	for i := range nodes {
		inside[i] = inside[i] || nodes[i].CallFrame.URL == f.origin
		f.keep[i] = inside[i] || i > 0 && meta(nodes[i].CallFrame)
		for _, id := range nodes[i].Children {
			inside[f.at[id]] = inside[i]
		}
	}
	for i := len(nodes) - 1; i >= 0; i-- {
		for _, id := range nodes[i].Children {
			f.keep[i] = f.keep[i] || f.keep[f.at[id]]
		}
	}
}

// copy takes over the nodes to keep, with the author's positions.
func (f *filter) copy() {
	nodes := f.from.Nodes
	f.became[nodes[0].ID] = rootID
	for i := range nodes {
		parent, kept := f.became[nodes[i].ID]
		if !kept {
			continue
		}
		for _, id := range nodes[i].Children {
			c := f.at[id]
			if !f.keep[c] {
				continue
			}
			n := f.node(parent, f.frame(nodes[c].CallFrame))
			f.became[id] = n
			f.out.Nodes[n-1].PositionTicks = f.ticks(&nodes[c])
		}
	}
}

// frame is a frame as the author knows it.
func (f *filter) frame(c CallFrame) CallFrame {
	if c.URL == f.origin {
		if file, line, column, ok := f.bundle.Position(c.LineNumber+1, c.ColumnNumber+1); ok {
			c.URL, c.LineNumber, c.ColumnNumber = file, line-1, column-1
		}
	}
	return c
}

// ticks are lines as the author knows them; those in lines that the bundler added are left out.
func (f *filter) ticks(n *Node) []PositionTick {
	if n.CallFrame.URL != f.origin {
		return nil
	}
	var all []PositionTick
	for _, t := range n.PositionTicks {
		if _, line, _, ok := f.bundle.Position(t.Line, 1); ok {
			all = append(all, PositionTick{Line: line, Ticks: t.Ticks})
		}
	}
	return all
}

// samples takes over the samples, with what was idle between them.
func (f *filter) samples(every int64) {
	now := f.from.StartTime
	last := now // when the last one of out was
	add := func(id int, at int64) {
		f.out.Samples = append(f.out.Samples, id)
		f.out.TimeDeltas = append(f.out.TimeDeltas, at-last)
		f.out.Nodes[id-1].HitCount++
		last = at
	}
	for i, id := range f.from.Samples {
		before := now
		// They may have been written out of order.
		now = max(now, now+f.from.TimeDeltas[i])
		if every > 0 && now-before > idleAfter*every {
			// DevTools gives the time from a sample to the next one to the former.
			add(idleID, before+every)
			now = max(now, last)
		}
		became, kept := f.became[id]
		if !kept || became == rootID {
			became = othersID
		}
		add(became, now)
	}
	f.out.EndTime = max(f.out.EndTime, last)
	if every > 0 && f.out.EndTime-last > idleAfter*every {
		add(idleID, last+every)
	}
}
