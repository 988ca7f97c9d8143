package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	ok      = "ok"
	noReply = "no reply in time"
	// settle is how long after a kill a call may still be given to the killed node: the
	// server learns of its end from its connections, within milliseconds.
	settle = time.Second
)

// result is what came of one call.
type result struct {
	sent time.Time
	took time.Duration
	what string
}

// summary counts calls around the kill of a node.
type summary struct {
	total int
	// inFlight were sent before the kill and had no reply by then: the killed node had
	// about its share of them.
	inFlight int
	// what counts by what came of the calls, in the order phases.
	what map[string][len(phases)]int
	// median and slowest are of the calls that went well.
	median, slowest time.Duration
}

// phases are when a call was sent, by the kill.
var phases = [...]string{"answered before the kill", "in flight at the kill", "within 1 s after", "later"}

func phase(r result, killed time.Time) int {
	end := r.sent.Add(r.took)
	switch {
	case r.sent.Before(killed) && end.Before(killed):
		return 0
	case r.sent.Before(killed):
		return 1
	case r.sent.Before(killed.Add(settle)):
		return 2
	default:
		return 3
	}
}

func summarize(results []result, killed time.Time) summary {
	s := summary{total: len(results), what: make(map[string][len(phases)]int)}
	var took []time.Duration
	for _, r := range results {
		i := phase(r, killed)
		counts := s.what[r.what]
		counts[i]++
		s.what[r.what] = counts
		if i == 1 {
			s.inFlight++
		}
		if r.what == ok {
			took = append(took, r.took)
		}
	}
	if slices.Sort(took); len(took) > 0 {
		s.median, s.slowest = took[len(took)/2], took[len(took)-1]
	}
	return s
}

// failed is how many calls did not go well.
func (s summary) failed() int {
	n := s.total
	for _, count := range s.what[ok] {
		n -= count
	}
	return n
}

// verdict is nil when no more failed than a killed node can take along.
func (s summary) verdict(c config) error {
	if s.what[ok] == [len(phases)]int{} {
		return fmt.Errorf("none of %d calls went well", s.total)
	}
	for what, counts := range s.what {
		if what != ok && counts[0]+counts[3] > 0 {
			return fmt.Errorf("%d calls failed that the killed node cannot have had: %s", counts[0]+counts[3], what)
		}
	}
	if bound := s.inFlight + c.rate/2; s.failed() > bound {
		return fmt.Errorf("%d calls failed: %d were in flight, and half a second's may be lost besides", s.failed(), s.inFlight)
	}
	return nil
}

// String is the table.
func (s summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-24s", "sent")
	for _, name := range phases {
		fmt.Fprintf(&b, "  %s", name)
	}
	whats := slices.SortedFunc(maps.Keys(s.what), func(a, z string) int {
		return cmp.Or(cmp.Compare(bool2int(a != ok), bool2int(z != ok)), cmp.Compare(a, z))
	})
	for _, what := range whats {
		fmt.Fprintf(&b, "\n%-24s", what)
		for i, name := range phases {
			fmt.Fprintf(&b, "  %*d", len(name), s.what[what][i])
		}
	}
	fmt.Fprintf(&b, "\n\n%d calls, %d failed; of those that went well the median took %s, the slowest %s\n",
		s.total, s.failed(), s.median.Round(100*time.Microsecond), s.slowest.Round(time.Millisecond))
	if n := s.what[noReply][1] + s.what[noReply][2]; n > 0 {
		fmt.Fprintf(&b, "%d had no reply: the killed node had them. A call without JetStream is delivered at most once.\n", n)
	}
	return b.String()
}

func bool2int(b bool) int {
	if b {
		return 1
	}
	return 0
}
