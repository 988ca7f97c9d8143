package chart

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ErrChart is wrapped by the errors of a chart that cannot be drawn.
var ErrChart = errors.New("chart: it cannot be drawn")

// Kind is how a chart shows its points.
type Kind int

// The kinds.
const (
	// Lines joins the points of a series; each has a marker and an error bar.
	Lines Kind = iota
	// Dots has categories along X: a marker with an error bar for each, the series side by
	// side.
	Dots
	// Curves are lines without markers: many points, as over time.
	Curves
)

// Axis is an axis of a chart.
type Axis struct {
	// Label says what it is, Unit in what; "" for a plain number.
	Label, Unit string
	// Log makes it logarithmic; what is not over 0 is left out then.
	Log bool
	// Categories are what X stands for with Dots: 0, 1, 2 and so on.
	Categories []string
	// Zero has the axis begin at 0.
	Zero bool
}

func (a Axis) text() string {
	if a.Unit == "" {
		return a.Label
	}
	return a.Label + " (" + a.Unit + ")"
}

// Point is one measured figure; Low and High are its spread, the same as Y for none.
type Point struct {
	X, Y, Low, High float64
	// Doubtful has it drawn in pale grey: it is about there, and bears nothing.
	Doubtful bool
}

// Series is what belongs together.
type Series struct {
	Name   string
	Points []Point
}

// Mark is a moment or a bound, drawn as a dotted line across the chart: at X, or at Y
// where Level is set.
type Mark struct {
	At    float64
	Label string
	Level bool
}

// Chart is a chart. Its name is that of the files; the caption stands below it in a page.
type Chart struct {
	Name, Title, Caption string
	Kind                 Kind
	X, Y                 Axis
	Series               []Series
	Marks                []Mark
}

// Spread says what the error bars are, for captions.
const Spread = "Points are medians; bars reach from the least to the greatest repetition."

// Empty reports whether there is nothing to draw.
func (c Chart) Empty() bool {
	return !slices.ContainsFunc(c.Series, func(s Series) bool { return len(c.shown(s)) > 0 })
}

// Doubtful reports whether a point is drawn that bears nothing.
func (c Chart) Doubtful() bool {
	return slices.ContainsFunc(c.Series, func(s Series) bool {
		return slices.ContainsFunc(c.shown(s), func(p Point) bool { return p.Doubtful })
	})
}

// shown are the points that can be drawn.
func (c Chart) shown(s Series) []Point {
	var kept []Point
	for _, p := range s.Points {
		if bad(p.X) || bad(p.Y) || c.X.Log && p.X <= 0 || c.Y.Log && p.Y <= 0 {
			continue
		}
		if p.Low > p.Y || bad(p.Low) || c.Y.Log && p.Low <= 0 {
			p.Low = p.Y
		}
		if p.High < p.Y || bad(p.High) {
			p.High = p.Y
		}
		kept = append(kept, p)
	}
	if c.Kind != Dots {
		slices.SortStableFunc(kept, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
	}
	return kept
}

func bad(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }

// Write draws the chart into NAME.svg and NAME.png of the folder, which is there.
func (c Chart) Write(folder string) error {
	if c.Empty() {
		return fmt.Errorf("%w: %s has no point", ErrChart, c.Name)
	}
	for _, ext := range []string{".svg", ".png"} {
		p, err := c.plot()
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrChart, c.Name, err)
		}
		if err := save(p, filepath.Join(folder, c.Name+ext), ext[1:]); err != nil {
			return fmt.Errorf("chart: save %s: %w", c.Name, err)
		}
	}
	return nil
}

// save draws p into a file, with a margin.
func save(p *plot.Plot, path, format string) error {
	canvas, err := draw.NewFormattedCanvas(width, height, format)
	if err != nil {
		return err
	}
	p.Draw(draw.Crop(draw.New(canvas), vg.Points(4), -vg.Points(14), vg.Points(4), -vg.Points(4)))
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) //nolint:gosec // to be read by anyone
	if err != nil {
		return err
	}
	_, err = canvas.WriteTo(file)
	return errors.Join(err, file.Close())
}
