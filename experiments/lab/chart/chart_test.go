package chart

import (
	"bytes"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func points(ys ...float64) []Point {
	var list []Point
	for i, y := range ys {
		list = append(list, Point{X: float64(i + 1), Y: y, Low: y / 2, High: y * 2})
	}
	return list
}

func TestWrite(t *testing.T) {
	for name, c := range map[string]Chart{
		"lines":      {Kind: Lines, X: Axis{Label: "functions", Log: true}, Y: Axis{Label: "time", Unit: "ms", Log: true}, Series: []Series{{"warm", points(1, 2, 3)}, {"cold", points(9, 8)}}},
		"dots":       {Kind: Dots, X: Axis{Categories: []string{"a", "b"}}, Y: Axis{Label: "time", Unit: "ms", Zero: true}, Series: []Series{{"x", points(1)}, {"y", points(2)}}},
		"curves":     {Kind: Curves, X: Axis{Label: "time", Unit: "s"}, Y: Axis{Label: "n"}, Series: []Series{{"", points(1, 5, 2)}}, Marks: []Mark{{At: 2, Label: "killed"}, {At: 3, Label: "bound", Level: true}}},
		"one point":  {X: Axis{Label: "x"}, Y: Axis{Label: "y"}, Series: []Series{{"p", []Point{{X: 1, Y: 1}}}}},
		"one on log": {X: Axis{Label: "x", Log: true}, Y: Axis{Label: "y", Log: true}, Series: []Series{{"p", []Point{{X: 1, Y: 1, Low: -1, High: 1}}}}},
		"no numbers": {X: Axis{Label: "x"}, Y: Axis{Label: "y", Log: true}, Series: []Series{{"p", append(points(1, 2), Point{X: 1, Y: math.NaN()}, Point{X: 2, Y: 0})}}},
		"doubtful":   {X: Axis{Label: "x"}, Y: Axis{Label: "y"}, Series: []Series{{"p", append(points(1, 2), Point{X: 3, Y: 3, Low: 2, High: 4, Doubtful: true})}, {"q", []Point{{X: 1, Y: 2, Doubtful: true}}}}},
		"many":       {X: Axis{Label: "x"}, Y: Axis{Label: "y"}, Series: []Series{{"1", points(1)}, {"2", points(2)}, {"3", points(3)}, {"4", points(4)}, {"5", points(5)}, {"6", points(6)}, {"7", points(7)}, {"8", points(8)}, {"9", points(9)}}},
	} {
		dir := t.TempDir()
		c.Name, c.Title = "c", name
		require.NoError(t, c.Write(dir), name)
		text, err := os.ReadFile(filepath.Join(dir, "c.png"))
		require.NoError(t, err)
		picture, err := png.Decode(bytes.NewReader(text))
		require.NoError(t, err, name)
		require.Greater(t, picture.Bounds().Dx(), 500)
		text, err = os.ReadFile(filepath.Join(dir, "c.svg"))
		require.NoError(t, err)
		require.Contains(t, string(text), name)
		if c.Y.Label != "" {
			require.Contains(t, string(text), c.Y.text())
		}
	}
}

func TestNothingToDraw(t *testing.T) {
	for _, c := range []Chart{{}, {Series: []Series{{"a", nil}}}, {Y: Axis{Log: true}, Series: []Series{{"a", []Point{{X: 1, Y: 0}}}}}} {
		require.True(t, c.Empty())
		require.ErrorIs(t, c.Write(t.TempDir()), ErrChart)
	}
}

// TestStylesDiffer: no two of the first dozen series look the same in grey.
func TestStylesDiffer(t *testing.T) {
	for i := range 12 {
		for j := range i {
			a, b := styleOf(i), styleOf(j)
			require.False(t, a.glyph == b.glyph && slices.Equal(a.dashes, b.dashes), "%d and %d", i, j)
		}
	}
}
