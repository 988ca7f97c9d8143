package funclog

import "slices"

// recent keeps the newest lines of each function, within bounds. It is not safe for
// concurrent use.
type recent struct {
	perFunction int
	maxBytes    int
	bytes       int
	byName      map[string]*lines
	tick        uint64
}

// lines are the newest of one function, the oldest first.
type lines struct {
	all  []Line
	used uint64 // the tick of the newest
}

func newRecent(perFunction, maxBytes int) *recent {
	return &recent{perFunction: perFunction, maxBytes: maxBytes, byName: map[string]*lines{}}
}

// lineOverhead is what a line takes beside its texts, about.
const lineOverhead = 160

func sizeOf(l Line) int {
	return lineOverhead + len(l.Text) + len(l.Function) + len(l.Version) + len(l.Invocation) + len(l.Trace) + len(l.Span)
}

// add keeps l, and lets go of what is over the bounds: the oldest lines of its function,
// and then those of the function that printed longest ago.
func (r *recent) add(l Line) {
	if r.perFunction == 0 {
		return
	}
	r.tick++
	of := r.byName[l.Function]
	if of == nil {
		of = &lines{}
		r.byName[l.Function] = of
	}
	of.used = r.tick
	of.all = append(of.all, l)
	r.bytes += sizeOf(l)
	for len(of.all) > r.perFunction {
		r.shift(of)
	}
	for r.bytes > r.maxBytes && len(r.byName) > 0 {
		oldest := ""
		for name, other := range r.byName {
			if oldest == "" || other.used < r.byName[oldest].used {
				oldest = name
			}
		}
		r.shift(r.byName[oldest])
		if len(r.byName[oldest].all) == 0 {
			delete(r.byName, oldest)
		}
	}
}

// shift lets go of the oldest line.
func (r *recent) shift(of *lines) {
	r.bytes -= sizeOf(of.all[0])
	of.all[0] = Line{}
	of.all = of.all[1:]
	if cap(of.all) > 4*r.perFunction {
		of.all = slices.Clone(of.all)
	}
}

// last returns the newest lines of a function, or of all where name is "", n at most, by
// their order.
func (r *recent) last(name string, n int) []Line {
	var all []Line
	for of, lines := range r.byName {
		if name == "" || name == of {
			all = append(all, lines.all...)
		}
	}
	slices.SortFunc(all, func(a, b Line) int { return int(a.Seq) - int(b.Seq) }) //nolint:gosec // a node prints less
	return all[max(0, len(all)-n):]
}
