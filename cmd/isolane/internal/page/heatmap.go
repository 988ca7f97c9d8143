package page

import (
	"math"
	"strconv"
	"time"

	"github.com/isolane/isolane/actors/latency"
)

// square is one of a heat map, in its own units.
type square struct {
	X, Y    int
	Opacity string
	Title   string
}

const (
	squareWidth, squareHeight = 10, 8
	// rowsShown are the doublings of package latency that have a row.
	rowsShown = latency.Buckets / 2
)

// squares are those of a heat map that has anything in them: columns are time, rows are
// durations, the longest on top.
func squares(columns *[Slots]latency.Counts) []square {
	var counts [Slots][rowsShown]uint64
	var most uint64
	for x := range columns {
		for b, n := range columns[x].N {
			row := min(b/2, rowsShown-1)
			counts[x][row] += n
			most = max(most, counts[x][row])
		}
	}
	var all []square
	for x := range counts {
		for row, n := range counts[x] {
			if n == 0 {
				continue
			}
			share := math.Log1p(float64(n)) / math.Log1p(float64(most))
			all = append(all, square{
				X: x * squareWidth, Y: (rowsShown - 1 - row) * squareHeight,
				Opacity: strconv.FormatFloat(0.15+0.85*share, 'f', 2, 64),
				Title: strconv.FormatUint(n, 10) + " calls up to " + short(latency.Bound(min(2*row+1, latency.Buckets-2))) +
					", " + strconv.Itoa(int(slot/time.Second)*(Slots-x)) + " s ago",
			})
		}
	}
	return all
}

// labels are some durations beside the rows.
func labels() []square {
	var all []square
	for row := 1; row < rowsShown; row += 4 {
		all = append(all, square{Y: (rowsShown-row)*squareHeight - 1, Title: short(latency.Bound(2 * row))})
	}
	return all
}

// short is a duration with two digits.
func short(d time.Duration) string {
	switch {
	case d <= 0:
		return "-"
	case d < time.Millisecond:
		return number(float64(d)/float64(time.Microsecond)) + " µs"
	case d < time.Second:
		return number(float64(d)/float64(time.Millisecond)) + " ms"
	}
	return number(d.Seconds()) + " s"
}

// number has two digits that mean something.
func number(v float64) string {
	if v < 10 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}
