package loadgen

import (
	"errors"
	"fmt"
	"slices"

	"github.com/aclements/go-moremath/stats"
)

// What Compare asks of two runs before it says that they differ.
const (
	// Alpha is the level of significance.
	Alpha = 0.05
	// fewestSlices is the least number of slices from which anything is concluded.
	fewestSlices = 8
)

// Verdict is what Compare says of one figure.
type Verdict string

// The verdicts.
const (
	Better    Verdict = "better"
	Worse     Verdict = "worse"
	NotShown  Verdict = "no difference shown"
	TooFew    Verdict = "too few slices"
	Uncertain Verdict = "not comparable" // the generator or the machine was the limit
)

// Difference is how one figure of one step differs between two runs.
type Difference struct {
	// Step counts from 1. Figure is rate, p50 or p99.
	Step   int    `json:"step"`
	Figure string `json:"figure"`
	Unit   string `json:"unit"`
	// Old and New are the medians over the slices, Ratio is New/Old; 0 where Old is 0.
	Old   float64 `json:"old"`
	New   float64 `json:"new"`
	Ratio float64 `json:"ratio"`
	// P is the probability to see slices that differ as much or more if the runs do not
	// differ (Mann-Whitney U test, two-sided). Slices of one run are not quite
	// independent of one another, so take a P near Alpha with doubt.
	P       float64 `json:"p"`
	Verdict Verdict `json:"verdict"`
}

// Comparison is what two runs show beside one another.
type Comparison struct {
	Differences []Difference `json:"differences"`
	// Notes say what makes the two runs less comparable.
	Notes []string `json:"notes,omitempty"`
}

// figures are what is compared, of each slice.
var figures = []struct {
	name, unit string
	more       bool // more is better
	of         func(s Slice, seconds float64) float64
}{
	{"rate", "/s", true, func(s Slice, seconds float64) float64 { return float64(s.OK) / seconds }},
	{"p50", "us", false, func(s Slice, _ float64) float64 { return float64(s.P50) }},
	{"p99", "us", false, func(s Slice, _ float64) float64 { return float64(s.P99) }},
}

// Compare holds two runs beside one another, step by step, on their slices. Only steps
// with the same load are compared. The error wraps ErrResult where there is none.
func Compare(before, after *Result) (*Comparison, error) {
	c := &Comparison{Notes: notes(before, after)}
	for i := range min(len(before.Steps), len(after.Steps)) {
		a, b := before.Steps[i], after.Steps[i]
		if a.Step != b.Step {
			c.Notes = append(c.Notes, fmt.Sprintf("step %d is not compared: it is %s there and %s here", i+1, a.Step, b.Step))
			continue
		}
		doubtful := len(a.Limits)+len(b.Limits) > 0
		if doubtful {
			c.Notes = append(c.Notes, fmt.Sprintf("step %d proves nothing: in one of the runs the generator or the machine was the limit", i+1))
		}
		for _, f := range figures {
			d := Difference{Step: i + 1, Figure: f.name, Unit: f.unit}
			d.judge(sample(before.Config, a, f.of), sample(after.Config, b, f.of), f.more)
			if doubtful {
				d.Verdict = Uncertain
			}
			c.Differences = append(c.Differences, d)
		}
	}
	if len(c.Differences) == 0 {
		return c, fmt.Errorf("%w: the two have no step in common", ErrResult)
	}
	return c, nil
}

// sample returns a figure of each slice that is whole and had something due.
func sample(cfg Config, step StepResult, of func(Slice, float64) float64) []float64 {
	if cfg.Slice <= 0 {
		return nil
	}
	var values []float64
	whole := int(step.Step.Duration / cfg.Slice)
	for _, s := range step.Slices[:min(whole, len(step.Slices))] {
		if s.Due > 0 {
			values = append(values, of(s, cfg.Slice.Seconds()))
		}
	}
	return values
}

// judge fills d with what the two samples show.
func (d *Difference) judge(before, after []float64, more bool) {
	d.Old, d.New, d.P = median(before), median(after), 1
	if d.Old != 0 {
		d.Ratio = d.New / d.Old
	}
	if min(len(before), len(after)) < fewestSlices {
		d.Verdict = TooFew
		return
	}
	test, err := stats.MannWhitneyUTest(before, after, stats.LocationDiffers)
	switch {
	case errors.Is(err, stats.ErrSamplesEqual): // all the same, everywhere
	case err != nil: // no sample: excluded above
	default:
		d.P = test.P
	}
	switch {
	case d.P >= Alpha || d.New == d.Old:
		d.Verdict = NotShown
	case (d.New > d.Old) == more:
		d.Verdict = Better
	default:
		d.Verdict = Worse
	}
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// notes says what differs between two runs besides what is measured.
func notes(before, after *Result) []string {
	var said []string
	if before.Machine != after.Machine {
		said = append(said, "the runs are of different machines or versions of Go")
	}
	a, b := before.Config, after.Config
	if !slices.EqualFunc(a.Targets, b.Targets, func(x, y Target) bool {
		return x.Subject == y.Subject && x.Weight == y.Weight && string(x.Payload) == string(y.Payload)
	}) {
		said = append(said, "the runs sent different messages")
	}
	if a.Via != b.Via || a.Arrivals != b.Arrivals || a.Timeout != b.Timeout || a.Connections != b.Connections || a.Slice != b.Slice {
		said = append(said, "the runs sent in different ways (via, arrivals, timeout, connections or slices)")
	}
	if len(before.Steps) != len(after.Steps) {
		said = append(said, fmt.Sprintf("one has %d steps, the other %d", len(before.Steps), len(after.Steps)))
	}
	return said
}
