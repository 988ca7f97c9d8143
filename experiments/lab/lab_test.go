package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/experiments/lab/chart"
	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/lab/record"
	"github.com/isolane/isolane/experiments/machine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sample is an experiment that starts nothing: the figure of a point is its size.
func sample(run func(ctx context.Context, b *Bench, p Point) (*Took, error)) Experiment {
	if run == nil {
		run = func(_ context.Context, b *Bench, p Point) (*Took, error) {
			return &Took{Metrics: map[string]float64{"size": float64(p.Number("n")) + float64(b.Seed%3)/100}, Notes: []string{"a <b> of |it|"}}, nil
		}
	}
	return Experiment{
		Name: "sample", Title: "A sample", Question: "Is two more than one?", Run: run,
		Metrics: []record.Metric{{Name: "size", Unit: "m", Meaning: "how large it is"}},
		Points: func(Scale) []Point {
			return []Point{{ID: "n/1", Params: Params{"n": 1, "w": "x"}, Repeat: 3}, {ID: "n/2", Params: Params{"n": 2}, Repeat: 3}}
		},
		Derive: func(r *Results) {
			r.Add("sum", "size", judge.Of([]float64{3, 3, 3}, judge.Tolerance{}))
		},
		Charts: func(r *Results) []chart.Chart {
			return []chart.Chart{{Name: "size", Title: "Size", X: chart.Axis{Label: "n"}, Y: chart.Axis{Label: "size", Unit: "m"}, Series: []chart.Series{
				r.Line("size", "size", []string{"n/1", "n/2"}, func(i int) float64 { return float64(i + 1) }),
			}}}
		},
		Claims: func(*Results) []Claim {
			one, two := Figure{Point: "n/1", Metric: "size"}, Figure{Point: "n/2", Metric: "size"}
			ratio := two
			ratio.Over = &one
			return []Claim{{
				Name: "more", Topic: "Sizes", Figures: map[string]Figure{"one": one, "two": two, "ratio": ratio}, When: []Condition{{"ratio", judge.AtLeast, 1.5}},
				Then: "Take two: it is {two}, {ratio} of {one}.", Otherwise: "Do not take two, which is {two}.", Limits: "Numbers alone.",
			}}
		},
	}
}

func config(t *testing.T) RunConfig {
	t.Helper()
	return RunConfig{Folder: t.TempDir(), Scale: Full, Seed: 7, Versions: map[string]string{"isolane": "test"}, Calibrate: func() float64 { return 10 }, Read: func() machine.Reading { return machine.Reading{} }}
}

func TestRunAndReport(t *testing.T) {
	cfg := config(t)
	e := sample(nil)
	require.NoError(t, Run(t.Context(), e, cfg))
	header, list, err := record.ReadFile(filepath.Join(cfg.Folder, "sample", DataFile))
	require.NoError(t, err)
	require.Equal(t, []string{"n/1", "n/2"}, header.Points)
	require.Len(t, list, 6)
	v := NewResults(e, *header, list).Judge(e.Claims(nil)[0])
	require.Equal(t, judge.Holds, v.Verdict, v.Text)
	require.Contains(t, v.Text, "(#sample-n-2)")

	require.NoError(t, Report(cfg.Folder, "", []Experiment{e}))
	page := read(t, cfg.Folder, ReportHTML)
	require.Contains(t, page, "data:image/svg+xml;base64,")
	require.NotContains(t, page, `src="sample/`)
	require.Contains(t, page, "a &lt;b&gt; of |it|")
	require.Contains(t, page, `id="sample-n-2"`)
	require.Contains(t, read(t, cfg.Folder, ReportMarkdown), "sample/size.svg")
	require.Contains(t, read(t, cfg.Folder, Recommendations), "(report.md#sample-")

	elsewhere := filepath.Join(cfg.Folder, "advice.md")
	require.NoError(t, Report(filepath.Join(cfg.Folder), elsewhere, []Experiment{e}))
	require.Contains(t, read(t, elsewhere), "(report.md#sample-")

	folder := cfg.Folder // from the root, and the advice from here
	t.Chdir(t.TempDir())
	require.NoError(t, Report(folder, "advice.md", []Experiment{e}))
	require.Contains(t, read(t, "advice.md"), "report.md#sample-")

	require.ErrorIs(t, Report(t.TempDir(), "", []Experiment{e}), ErrNoData)
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parts...))
	require.NoError(t, err)
	return string(text)
}

func TestRunGoesOn(t *testing.T) {
	cfg := config(t)
	stop := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	ran := map[string]int{}
	run := func(ctx context.Context, _ *Bench, p Point) (*Took, error) {
		ran[p.ID]++
		if ran["n/1"]+ran["n/2"] == 3 {
			cancel(stop)
		}
		return &Took{Metrics: map[string]float64{"size": 1}}, ctx.Err()
	}
	require.ErrorIs(t, Run(ctx, sample(run), cfg), stop)
	require.FileExists(t, filepath.Join(cfg.Folder, "sample", PageFile))
	_, list, err := record.ReadFile(filepath.Join(cfg.Folder, "sample", DataFile))
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.NoError(t, Run(t.Context(), sample(run), cfg))
	require.Equal(t, 7, ran["n/1"]+ran["n/2"], "what was interrupted ran again, and nothing else")
	require.NoError(t, Run(t.Context(), sample(run), cfg))
	require.Equal(t, 7, ran["n/1"]+ran["n/2"])

	require.NoError(t, Resumable(sample(run), cfg))
	cfg.Seed = 8
	require.ErrorIs(t, Resumable(sample(run), cfg), record.ErrOther)
	require.ErrorIs(t, Run(t.Context(), sample(run), cfg), record.ErrOther)
	cfg.Folder = t.TempDir()
	require.NoError(t, Resumable(sample(run), cfg))
}

// TestDisturbedIsMeasuredAgain: a point with too few undisturbed repetitions gets more, a
// bounded number of them in each call, and not where it has enough or the run is small.
func TestDisturbedIsMeasuredAgain(t *testing.T) {
	for name, c := range map[string]struct {
		scale Scale
		// slow are the calibrations that take longer, by their number.
		slow func(n int) bool
		// want are the repetitions after one call, next those after another.
		want, next int
	}{
		"nothing disturbed":   {Full, func(int) bool { return false }, 6, 6},
		"one is":              {Full, func(n int) bool { return n == 6 }, 8, 8},    // it stands at the end of one repetition and the beginning of the next
		"it never is quiet":   {Full, func(n int) bool { return n%2 == 0 }, 9, 12}, // half more of six
		"a small run is done": {Quick, func(n int) bool { return n%2 == 0 }, 6, 6},
	} {
		cfg := config(t)
		cfg.Scale = c.scale
		calibrations := 0
		cfg.Calibrate = func() float64 {
			if calibrations++; c.slow(calibrations - 1) {
				return 20
			}
			return 10
		}
		require.NoError(t, Run(t.Context(), sample(nil), cfg), name)
		_, list, err := record.ReadFile(filepath.Join(cfg.Folder, "sample", DataFile))
		require.NoError(t, err)
		require.Len(t, list, c.want, name)
		require.NoError(t, Run(t.Context(), sample(nil), cfg), "%s: again", name)
		_, list, err = record.ReadFile(filepath.Join(cfg.Folder, "sample", DataFile))
		require.NoError(t, err)
		require.Len(t, list, c.next, name)
	}
}

func TestFailuresAreRecorded(t *testing.T) {
	cfg := config(t)
	fail := true
	run := func(_ context.Context, _ *Bench, p Point) (*Took, error) {
		switch {
		case p.ID == "n/2":
			return &Took{Metrics: map[string]float64{"size": 2}}, nil
		case fail:
			return nil, errors.New("it is broken")
		default:
			return &Took{Metrics: map[string]float64{"weight": 1}}, nil
		}
	}
	require.ErrorIs(t, Run(t.Context(), sample(run), cfg), ErrFailed)
	require.Contains(t, read(t, cfg.Folder, "sample", PageFile), "it is broken")
	fail = false
	require.ErrorIs(t, Run(t.Context(), sample(run), cfg), ErrFailed)
	require.Contains(t, read(t, cfg.Folder, "sample", DataFile), "not among those of the experiment")
}

func TestPlanIsFairAndRepeats(t *testing.T) {
	points := []Point{{ID: "a", Repeat: 2}, {ID: "b", Repeat: 1}, {ID: "c", Repeat: 3}}
	turns := plan(points, 5)
	require.Equal(t, turns, plan(points, 5))
	require.Len(t, turns, 6)
	for i, round := range []int{1, 1, 1, 2, 2, 3} {
		require.Equal(t, round, turns[i].repetition)
	}
	require.NotEqual(t, seedOf(1, turns[0]), seedOf(2, turns[0]))
	require.NotEqual(t, seedOf(1, turns[0]), seedOf(1, turns[1]))
}

func TestClaims(t *testing.T) {
	e := sample(nil)
	claim := e.Claims(nil)[0]
	require.NoError(t, claim.Validate())
	results := func(n1, n2 []float64) *Results {
		var list []record.Measurement
		for point, values := range map[string][]float64{"n/1": n1, "n/2": n2} {
			for i, v := range values {
				list = append(list, record.Measurement{Point: point, Repetition: i + 1, Metrics: map[string]float64{"size": v}})
			}
		}
		return NewResults(e, record.Header{Experiment: "sample", Metrics: e.Metrics, Points: []string{"n/1", "n/2"}}, list)
	}
	one := []float64{1, 1, 1}
	for name, c := range map[string]struct {
		two  []float64
		want judge.Verdict
		say  string
	}{
		"holds":    {[]float64{2, 2, 2}, judge.Holds, "Take two: it is [2 m](#sample-n-2), [2 times](#sample-n-2) of [1 m](#sample-n-1)."},
		"fails":    {one, judge.Fails, "Do not take two, which is [1 m](#sample-n-2)."},
		"between":  {[]float64{1.4, 1.5, 1.6}, judge.Undecided, "would have to be surely at least 1.5, and is [1.5 times (1.4 to 1.6)](#sample-n-2) (it is so near to that that no number"},
		"noisy":    {[]float64{1, 5, 9}, judge.TooNoisy, "and is [5 times (1 to 9)](#sample-n-2) (too noisy; about 8 repetitions would decide it)"},
		"far":      {[]float64{2, 5, 9}, judge.Holds, "Take two: it is [5 m (2 to 9)]"},
		"too few":  {[]float64{2, 2}, judge.Unfit, "says nothing: of the 3 undisturbed repetitions that are needed there are 2"},
		"no point": {nil, judge.NotMeasured, "was not measured in this run"},
	} {
		v := results(one, c.two).Judge(claim)
		require.Equal(t, c.want, v.Verdict, "%s: %s", name, v.Text)
		require.Contains(t, v.Text, c.say, name)
		if v.Verdict == judge.Holds || v.Verdict == judge.Fails {
			require.InDelta(t, 0.95, v.Sure, 1e-9, name)
			require.Equal(t, claim.Limits, v.Limits())
		}
	}
	single := claim
	single.When = []Condition{{"two", judge.AtLeast, 1.5}}
	v := results(one, []float64{2, 2, 2}).Judge(single)
	require.Equal(t, judge.Holds, v.Verdict)
	require.Equal(t, "Numbers alone. Sure to 88 %, which is what so few repetitions can give.", v.Limits())
	both := claim
	both.When = append(both.When, single.When...)
	require.InDelta(t, 0.875, results(one, []float64{2, 2, 2}).Judge(both).Sure, 1e-9)
	for name, change := range map[string]func(*Claim){
		"a sentence without a figure": func(c *Claim) { c.Then = "Take {two}. It is good." },
		"an unknown figure":           func(c *Claim) { c.Then = "Take {three}." },
		"no text":                     func(c *Claim) { c.Otherwise = "" },
		"no condition":                func(c *Claim) { c.When = nil },
		"condition on nothing":        func(c *Claim) { c.When = []Condition{{"three", judge.AtMost, 1}} },
	} {
		bad := claim
		change(&bad)
		require.ErrorIs(t, bad.Validate(), ErrExperiment, name)
	}
}

func TestDigits(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 1: "1", 1.2345: "1.23", 123.4: "123", 1234: "1,230", 1234567: "1,230,000", 0.00012345: "0.000123", -12345: "-12,300", 0.5: "0.5"} {
		require.Equal(t, want, digits(v), fmt.Sprint(v))
	}
	require.Equal(t, "5 %", Show(5, "%"))
	require.Equal(t, "5", Show(5, ""))
	require.Equal(t, "5 ms", Show(5, "ms"))
}

func TestValidate(t *testing.T) {
	require.NoError(t, sample(nil).Validate())
	for name, change := range map[string]func(*Experiment){
		"name":   func(e *Experiment) { e.Name = "A b" },
		"run":    func(e *Experiment) { e.Run = nil },
		"twice":  func(e *Experiment) { e.Metrics = append(e.Metrics, e.Metrics[0]) },
		"points": func(e *Experiment) { e.Points = func(Scale) []Point { return nil } },
		"point":  func(e *Experiment) { e.Points = func(Scale) []Point { return []Point{{ID: "a b", Repeat: 1}} } },
		"never":  func(e *Experiment) { e.Points = func(Scale) []Point { return []Point{{ID: "a"}} } },
		"nil":    func(e *Experiment) { e.Points = nil },
	} {
		e := sample(nil)
		change(&e)
		require.ErrorIs(t, e.Validate(), ErrExperiment, name)
	}
	require.Panics(t, func() { Point{}.Number("n") })
	require.Panics(t, func() { Point{}.Word("n") })
	require.Equal(t, "x", sample(nil).Points(Full)[0].Word("w"))
	require.True(t, strings.HasSuffix(escape("a|b"), `\|b`))
}
