package main

import (
	"fmt"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// curve is one line of a plot.
type curve struct {
	name string
	y    func(result) float64
}

// draw writes the plots, each as SVG and as PNG, into folder.
func draw(folder string, results []result) error {
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // documentation
		return fmt.Errorf("make the plots' folder: %w", err)
	}
	for _, p := range []struct {
		name, title, y string
		curves         []curve
	}{
		{"traffic", "What gossip costs a member", "for each member and second", []curve{
			{"packets", func(r result) float64 { return r.Packets }},
			{"kB in packets", func(r result) float64 { return r.PacketBytes / 1e3 }},
			{"kB in exchanges of states", func(r result) float64 { return r.stateRate() / 1e3 }},
		}},
		{"deaths", "How long until every survivor knows", "seconds", []curve{
			{"one death", func(r result) float64 { return r.One.All.Seconds() }},
			{"a tenth at once", func(r result) float64 { return r.Tenth.All.Seconds() }},
			{"age of a load report, 99 %", func(r result) float64 { return r.AgeHigh.Seconds() }},
		}},
	} {
		if err := drawOne(filepath.Join(folder, p.name), p.title, p.y, p.curves, results); err != nil {
			return fmt.Errorf("draw %s: %w", p.name, err)
		}
	}
	return nil
}

func drawOne(file, title, y string, curves []curve, results []result) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, "members", y
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, sizes(results)
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.Padding = vg.Points(2)
	p.Add(plotter.NewGrid())
	var lines []any
	for _, c := range curves {
		var points plotter.XYs
		for _, r := range results {
			if v := c.y(r); v > 0 { // a logarithm's
				points = append(points, plotter.XY{X: float64(r.Members), Y: v})
			}
		}
		if len(points) > 0 {
			lines = append(lines, c.name, points)
		}
	}
	if err := plotutil.AddLinePoints(p, lines...); err != nil {
		return fmt.Errorf("add lines: %w", err)
	}
	p.Y.Max *= 8 // room for the legend
	for _, ext := range []string{".svg", ".png"} {
		if err := p.Save(16*vg.Centimeter, 10*vg.Centimeter, file+ext); err != nil {
			return fmt.Errorf("save: %w", err)
		}
	}
	return nil
}

// sizes are the ticks of the axis of members: the sizes measured.
type sizes []result

// Ticks implements plot.Ticker.
func (s sizes) Ticks(_, _ float64) (ticks []plot.Tick) {
	for _, r := range s {
		ticks = append(ticks, plot.Tick{Value: float64(r.Members), Label: fmt.Sprint(r.Members)})
	}
	return ticks
}
