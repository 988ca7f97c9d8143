package chart

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The size of a chart.
const (
	width  = 18 * vg.Centimeter
	height = 11 * vg.Centimeter
)

// style is how a series looks: no two have the same marker and dashes, and neighbours
// differ in shade.
type style struct {
	colour color.Color
	glyph  draw.GlyphDrawer
	dashes []vg.Length
}

func styleOf(i int) style {
	colours := []color.RGBA{
		{0x00, 0x00, 0x00, 0xff},
		{0xd5, 0x5e, 0x00, 0xff},
		{0x00, 0x4c, 0x86, 0xff},
		{0x00, 0x9e, 0x73, 0xff},
		{0x8a, 0x5a, 0x9e, 0xff},
		{0x70, 0x70, 0x70, 0xff},
	}
	glyphs := []draw.GlyphDrawer{
		draw.CircleGlyph{},
		draw.SquareGlyph{},
		draw.TriangleGlyph{},
		draw.CrossGlyph{},
		draw.RingGlyph{},
		draw.BoxGlyph{},
		draw.PyramidGlyph{},
		draw.PlusGlyph{},
	}
	dashes := [][]vg.Length{
		nil,
		{vg.Points(7), vg.Points(3)},
		{vg.Points(2), vg.Points(2)},
		{vg.Points(9), vg.Points(3), vg.Points(2), vg.Points(3)},
		{vg.Points(4), vg.Points(2)},
		{vg.Points(1), vg.Points(3)},
		{vg.Points(12), vg.Points(4)},
	}
	return style{colour: colours[i%len(colours)], glyph: glyphs[i%len(glyphs)], dashes: dashes[i%len(dashes)]}
}

func (c Chart) plot() (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.Title, c.X.text(), c.Y.text()
	p.Title.Padding, p.X.Label.Padding, p.Y.Label.Padding = vg.Points(8), vg.Points(4), vg.Points(4)
	p.BackgroundColor = color.White
	p.Legend.Top, p.Legend.Padding, p.Legend.ThumbnailWidth = true, vg.Points(2), vg.Points(34)
	p.Legend.XOffs = -vg.Points(4)
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{Y: 0xdd}, color.Gray{Y: 0xee}
	p.Add(grid)
	for i, s := range c.Series {
		points := c.shown(s)
		if len(points) == 0 {
			continue
		}
		if c.Kind == Dots {
			shift(points, i, len(c.Series))
		}
		if err := c.add(p, s.Name, points, styleOf(i)); err != nil {
			return nil, err
		}
	}
	c.scale(p)
	return p, c.mark(p)
}

// shift puts the series of a category side by side.
func shift(points []Point, i, n int) {
	for j := range points {
		points[j].X += 0.5 * (float64(i) - float64(n-1)/2) / float64(n)
	}
}

// pale is the colour of doubtful points.
var pale = color.Gray{Y: 0xa8}

func (c Chart) add(p *plot.Plot, name string, points []Point, st style) error {
	var thumbnails []plot.Thumbnailer
	if c.Kind != Dots {
		line, err := plotter.NewLine(places(points))
		if err != nil {
			return err
		}
		line.Color, line.Dashes, line.Width = st.colour, st.dashes, vg.Points(1.3)
		p.Add(line)
		thumbnails = append(thumbnails, line)
	}
	if c.Kind != Curves {
		// What the legend shows is how the series looks, even where all of it is doubtful.
		sample, err := plotter.NewScatter(places(points))
		if err != nil {
			return err
		}
		sample.GlyphStyle = draw.GlyphStyle{Color: st.colour, Radius: vg.Points(3.2), Shape: st.glyph}
		thumbnails = append(thumbnails, sample)
		for _, doubtful := range []bool{false, true} {
			part := slices.DeleteFunc(slices.Clone(points), func(q Point) bool { return q.Doubtful != doubtful })
			glyph := sample.GlyphStyle
			if doubtful {
				glyph.Color = pale
			}
			if err := addMarks(p, part, glyph); err != nil {
				return err
			}
		}
	}
	if name != "" {
		p.Legend.Add(name, thumbnails...)
	}
	return nil
}

func places(points []Point) plotter.XYs {
	xys := make(plotter.XYs, len(points))
	for i, q := range points {
		xys[i] = plotter.XY{X: q.X, Y: q.Y}
	}
	return xys
}

// addMarks draws markers, with bars where there is a spread.
func addMarks(p *plot.Plot, points []Point, glyph draw.GlyphStyle) error {
	if len(points) == 0 {
		return nil
	}
	spread, errs := false, make(plotter.YErrors, len(points))
	for i, q := range points {
		errs[i].Low, errs[i].High = q.Y-q.Low, q.High-q.Y
		spread = spread || q.Low != q.Y || q.High != q.Y
	}
	marks, err := plotter.NewScatter(places(points))
	if err != nil {
		return err
	}
	marks.GlyphStyle = glyph
	p.Add(marks)
	if !spread {
		return nil
	}
	bars, err := plotter.NewYErrorBars(struct {
		plotter.XYer
		plotter.YErrorer
	}{places(points), errs})
	if err != nil {
		return err
	}
	bars.Color, bars.CapWidth = glyph.Color, vg.Points(6)
	p.Add(bars)
	return nil
}

// scale sets the axes, with room for the legend at the top.
func (c Chart) scale(p *plot.Plot) {
	if c.X.Log {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, ticks{}
		if p.X.Min == p.X.Max {
			p.X.Min, p.X.Max = p.X.Min/2, p.X.Max*2
		}
	}
	if len(c.X.Categories) > 0 {
		p.NominalX(c.X.Categories...)
		p.X.Min, p.X.Max = -0.6, float64(len(c.X.Categories))-0.4
	}
	// A row of the legend is a twentieth of the height.
	rows := float64(len(c.Series))
	if len(c.Series) == 1 && c.Series[0].Name == "" {
		rows = 0
	}
	part := min(0.05*rows+0.02, 0.5)
	if c.Y.Log {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, ticks{}
		if p.Y.Min == p.Y.Max {
			p.Y.Min, p.Y.Max = p.Y.Min/2, p.Y.Max*2
		}
		p.Y.Max *= math.Pow(p.Y.Max/p.Y.Min, part/(1-part))
		return
	}
	if c.Y.Zero {
		p.Y.Min = min(p.Y.Min, 0)
	}
	if p.Y.Min == p.Y.Max {
		p.Y.Max++
	}
	p.Y.Max += (p.Y.Max - p.Y.Min) * part / (1 - part)
}

// mark draws the marks over what the axes show.
func (c Chart) mark(p *plot.Plot) error {
	for _, m := range c.Marks {
		ends := plotter.XYs{{X: m.At, Y: p.Y.Min}, {X: m.At, Y: p.Y.Max}}
		if m.Level {
			ends = plotter.XYs{{X: p.X.Min, Y: m.At}, {X: p.X.Max, Y: m.At}}
		}
		at := ends[0] // at the bottom: the legend is at the top
		line, err := plotter.NewLine(ends)
		if err != nil {
			return err
		}
		line.Color, line.Dashes = color.Gray{Y: 0x60}, []vg.Length{vg.Points(1), vg.Points(2)}
		label, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{at}, Labels: []string{m.Label}})
		if err != nil {
			return err
		}
		label.TextStyle[0].Font.Size = vg.Points(8)
		label.Offset = vg.Point{X: vg.Points(3), Y: vg.Points(2)}
		p.Add(line, label)
	}
	return nil
}

// ticks are those of a logarithmic axis: 1, 2 and 5 of each power of ten, or the powers
// alone where there are many.
type ticks struct{}

// Ticks implements plot.Ticker.
func (ticks) Ticks(low, high float64) []plot.Tick {
	var list []plot.Tick
	if low <= 0 {
		return []plot.Tick{{Value: high, Label: short(high)}}
	}
	steps := []float64{1, 2, 5}
	switch decades := math.Log10(high / low); {
	case decades > 3.5:
		steps = []float64{1}
	case decades < 1:
		steps = []float64{1, 1.5, 2, 3, 4, 5, 7}
	}
	for power := math.Pow(10, math.Floor(math.Log10(low))); power <= high*1.0001; power *= 10 {
		for _, step := range steps {
			if v := power * step; v >= low*0.9999 && v <= high*1.0001 {
				list = append(list, plot.Tick{Value: v, Label: short(v)})
			}
		}
	}
	return list
}

func short(v float64) string {
	if v >= 1e6 {
		return fmt.Sprintf("%gM", v/1e6)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
