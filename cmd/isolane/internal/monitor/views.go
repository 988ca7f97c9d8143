package monitor

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// byText and byNumber order a column: names as in a book, numbers with the largest first.
func byText[R any](of func(*R) string) func(a, b *R) int {
	return func(a, b *R) int { return cmp.Compare(of(a), of(b)) }
}

func byNumber[R any, N cmp.Ordered](of func(*R) N) func(a, b *R) int {
	return func(a, b *R) int { return cmp.Compare(of(b), of(a)) }
}

// text, whole and decimal are columns of their kind.
func text[R any](title string, width, most, last int, of func(*R) string) column[R] {
	return column[R]{title: title, width: width, most: most, last: last, text: of, compare: byText(of)}
}

func whole[R any](title string, width, last int, of func(*R) int) column[R] {
	return column[R]{title: title, right: true, width: width, last: last, compare: byNumber(of), text: func(r *R) string { return strconv.Itoa(of(r)) }}
}

func measured[R any, N cmp.Ordered](title string, width, last int, of func(*R) N, shown func(N) string) column[R] {
	return column[R]{title: title, right: true, width: width, last: last, compare: byNumber(of), text: func(r *R) string { return shown(of(r)) }}
}

func (c column[R]) toned(of func(*R) tone) column[R] {
	c.tone = of
	return c
}

// membersTable is the view of the members; now is when the snapshot was made.
func membersTable(now time.Time) table[admin.Member] {
	type m = admin.Member
	return table[m]{
		text("NAME", 10, 32, 0, func(r *m) string { return r.Name }),
		text("STATE", 8, 0, 0, memberState).toned(func(r *m) tone {
			switch {
			case r.State == "dead", r.Breaker == "open":
				return bad
			case r.State == "suspect", r.Draining:
				return warning
			case r.State == "left":
				return quiet
			}
			return good
		}),
		whole("RUNTIMES", 8, 1, func(r *m) int { return r.Runtimes }),
		whole("INFLIGHT", 8, 1, func(r *m) int { return r.Inflight }),
		whole("QUEUE", 5, 1, func(r *m) int { return r.Queue }).toned(func(r *m) tone { return toneIf(r.Queue > 0, warning) }),
		measured("DELAY", 7, 2, func(r *m) float64 { return r.QueueDelayMS }, func(ms float64) string { return short(time.Duration(ms * float64(time.Millisecond))) }),
		measured("CPU", 5, 2, func(r *m) float64 { return r.CPU }, func(n float64) string { return strconv.FormatFloat(n, 'f', 2, 64) }),
		measured("MEMORY", 8, 3, func(r *m) uint64 { return r.Memory }, humanize.IBytes),
		measured("SINCE", 7, 4, func(r *m) time.Duration { return now.Sub(r.Since) }, age),
		text("VERSION", 7, 24, 5, func(r *m) string { return r.Version }),
		text("ADDRESS", 9, 0, 6, func(r *m) string { return cmp.Or(r.Address, "-") }),
	}
}

func memberState(r *admin.Member) string {
	state := r.State
	if r.Draining && state == "alive" {
		state = "draining"
	}
	if r.Breaker == "open" {
		state += ", unreachable"
	}
	return state
}

func runtimesTable(now time.Time) table[runtime] {
	return table[runtime]{
		text("NODE", 10, 32, 0, func(r *runtime) string { return r.node }),
		{title: "ID", right: true, width: 5, last: 0, text: func(r *runtime) string { return strconv.Itoa(r.ID) }, compare: func(a, b *runtime) int { return cmp.Compare(a.ID, b.ID) }},
		text("STATE", 8, 0, 0, func(r *runtime) string { return r.State }).toned(func(r *runtime) tone {
			switch r.State {
			case "busy":
				return good
			case "backoff":
				return bad
			case "starting", "draining":
				return warning
			}
			return quiet
		}),
		whole("INFLIGHT", 8, 1, func(r *runtime) int { return r.Inflight }),
		whole("RESTARTS", 8, 2, func(r *runtime) int { return r.Restarts }).toned(func(r *runtime) tone { return toneIf(r.Restarts > 0, warning) }),
		measured("ISOLATES", 8, 4, func(r *runtime) uint64 { return r.Generation }, func(n uint64) string { return strconv.FormatUint(n, 10) }),
		text("FUNCTION", 12, 63, 3, func(r *runtime) string { return cmp.Or(r.Function, "(any)") }),
		{title: "LAST LOSS", width: 12, last: 5, text: func(r *runtime) string { return loss(r, now) }, compare: func(a, b *runtime) int { return b.LostAt.Compare(a.LostAt) }},
	}
}

// loss says when and why a runtime lost its last isolate.
func loss(r *runtime, now time.Time) string {
	switch {
	case r.LastLoss == "":
		return "-"
	case r.LostAt.IsZero():
		return r.LastLoss
	}
	return age(now.Sub(r.LostAt)) + " ago: " + r.LastLoss
}

func functionsTable() table[function] {
	return table[function]{
		text("FUNCTION", 16, 40, 0, func(r *function) string { return r.Name }).toned(func(r *function) tone { return toneIf(r.why != "", bad) }),
		measured("CALLS/S", 8, 1, func(r *function) float64 { return r.rate }, func(n float64) string {
			if n < 0 {
				return "-"
			}
			return strconv.FormatFloat(n, 'f', 1, 64)
		}),
		measured("CALLS", 9, 1, func(r *function) uint64 { return r.calls }, number),
		measured("ERRORS", 7, 1, func(r *function) uint64 { return r.errors }, number).toned(func(r *function) tone { return toneIf(r.errors > 0, bad) }),
		measured("P50", 7, 2, func(r *function) time.Duration { return r.p50 }, short),
		measured("P99", 7, 2, func(r *function) time.Duration { return r.p99 }, short),
		whole("NODES", 5, 3, func(r *function) int { return len(r.Nodes) }),
		text("VERSION", 8, 0, 4, version).toned(func(r *function) tone { return toneIf(r.why != "", bad) }),
		text("ISOLATION", 9, 0, 5, func(r *function) string { return r.Isolation }),
		text("SOURCE", 6, 0, 6, func(r *function) string { return r.Source }),
	}
}

// version is what is called of a function, or why it is not served.
func version(r *function) string {
	if r.why != "" {
		why, _, _ := strings.Cut(r.why, "\n")
		return "cannot be served: " + why
	}
	var all []string
	for _, v := range r.Versions {
		one := v.Version
		if v.Percent < 100 {
			one += " " + strconv.FormatFloat(v.Percent, 'f', -1, 64) + "%"
		}
		all = append(all, one)
	}
	return strings.Join(all, ", ")
}

func toneIf(yes bool, t tone) tone {
	if yes {
		return t
	}
	return plain
}

func number(n uint64) string {
	if n >= 10_000_000 {
		return strings.ReplaceAll(humanize.SIWithDigits(float64(n), 2, ""), " ", "")
	}
	return humanize.Comma(int64(n)) //nolint:gosec // below ten millions
}

// short is a duration in seven characters at the most.
func short(d time.Duration) string {
	switch {
	case d <= 0:
		return "-"
	case d < time.Millisecond:
		return strconv.FormatInt(d.Microseconds(), 10) + "us"
	case d < time.Second:
		return strconv.FormatFloat(float64(d)/1e6, 'f', 1, 64) + "ms"
	case d < 100*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + "s"
	}
	return age(d)
}

// age is how long something is, with one unit or two.
func age(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + "s"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + "m" + strconv.Itoa(int(d.Seconds())%60) + "s"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d.Hours())) + "h" + strconv.Itoa(int(d.Minutes())%60) + "m"
	}
	return strconv.Itoa(int(d.Hours()/24)) + "d" + strconv.Itoa(int(d.Hours())%24) + "h"
}
