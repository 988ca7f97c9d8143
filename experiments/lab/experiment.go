package lab

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/isolane/isolane/experiments/lab/chart"
	"github.com/isolane/isolane/experiments/lab/record"
	"github.com/isolane/isolane/experiments/lab/rig"
)

// Scale is how large a run is.
type Scale string

// The scales.
const (
	// Full measures what a conclusion needs.
	Full Scale = "full"
	// Quick measures everything once or twice, small: it shows that the machinery holds.
	Quick Scale = "quick"
	// Smoke is what a test can wait for.
	Smoke Scale = "smoke"
)

// Pick returns the one of three that is for s.
func Pick[T any](s Scale, full, quick, smoke T) T {
	switch s {
	case Full:
		return full
	case Quick:
		return quick
	case Smoke:
	}
	return smoke
}

// Params are what tells a point from others: numbers and words.
type Params map[string]any

// Point is one thing that is measured.
type Point struct {
	// ID is made of words, numbers, "/", "-" and ".", as "warm/100".
	ID     string
	Params Params
	// Repeat is how often it is measured.
	Repeat int
}

// Number is a parameter that is a number; it panics where there is none.
func (p Point) Number(name string) int {
	n, ok := p.Params[name].(int)
	if !ok {
		panic(fmt.Sprintf("lab: point %s has no number %s", p.ID, name))
	}
	return n
}

// Word is a parameter that is a word; it panics where there is none.
func (p Point) Word(name string) string {
	w, ok := p.Params[name].(string)
	if !ok {
		panic(fmt.Sprintf("lab: point %s has no word %s", p.ID, name))
	}
	return w
}

// Bench is what a repetition is measured with. It is one repetition's, and its Rig is
// closed after it.
type Bench struct {
	// Rig starts the processes.
	Rig *rig.Rig
	// Seed is this repetition's, another one for each, and the same in each run of the same
	// seed.
	Seed  uint64
	Scale Scale
	// Folder is empty, and removed afterwards.
	Folder string
	// Rogchap is the isolane command with the original binding of V8; "" where there is none.
	Rogchap string
	// Say tells who looks on what is going on.
	Say func(format string, args ...any)
}

// Took is what came of one repetition.
type Took struct {
	// Metrics are figures by their names in Experiment.Metrics.
	Metrics map[string]float64
	Series  []record.Series
	Cells   []record.Cell
	Notes   []string
}

// Experiment is one question, and how it is answered.
type Experiment struct {
	// Name is what it is called on the command line, Title and Question what a reader sees.
	Name, Title, Question string
	// Method says how it is measured, as Markdown.
	Method string
	// Metrics say what the numbers mean.
	Metrics []record.Metric
	// Configuration is what all points have in common.
	Configuration map[string]string
	// Points lists what is measured at a scale.
	Points func(Scale) []Point
	// Run measures one repetition. Its error is recorded, and the run goes on with the next.
	Run func(ctx context.Context, b *Bench, p Point) (*Took, error)
	// Derive, where it is set, adds figures that are computed from others.
	Derive func(*Results)
	// Charts and Tables show the data, Claims say what follows. Each may be nil.
	Charts func(*Results) []chart.Chart
	Tables func(*Results) []Table
	Claims func(*Results) []Claim
	// Length is about how long a full run takes.
	Length time.Duration
}

// Table is a table of a page. Cells are Markdown.
type Table struct {
	Title  string
	Header []string
	Rows   [][]string
	Note   string
}

// ErrExperiment is wrapped by the errors of an experiment that is not well made.
var ErrExperiment = errors.New("lab: invalid experiment")

var (
	nameForm  = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	pointForm = regexp.MustCompile(`^[a-z0-9][a-z0-9./-]*$`)
)

// Validate says what is wrong with e, with its points at each scale, joined.
func (e Experiment) Validate() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("%w: %q: %s", ErrExperiment, e.Name, fmt.Sprintf(format, args...)))
	}
	if !nameForm.MatchString(e.Name) {
		fault("a name is made of small letters, digits and dashes")
	}
	if e.Question == "" || e.Title == "" || e.Points == nil || e.Run == nil || len(e.Metrics) == 0 {
		fault("it needs a title, a question, metrics, points and a function that measures")
	}
	names := map[string]bool{}
	for _, m := range e.Metrics {
		if names[m.Name] || m.Name == "" || m.Meaning == "" {
			fault("metric %q has no name, has no meaning, or is there twice", m.Name)
		}
		names[m.Name] = true
	}
	for _, scale := range []Scale{Full, Quick, Smoke} {
		if e.Points == nil {
			break
		}
		ids := map[string]bool{}
		for _, p := range e.Points(scale) {
			if !pointForm.MatchString(p.ID) || ids[p.ID] || p.Repeat < 1 {
				fault("point %q of %s is misnamed, there twice, or never measured", p.ID, scale)
			}
			ids[p.ID] = true
		}
		if len(ids) == 0 {
			fault("it has no point at scale %s", scale)
		}
	}
	return errors.Join(faults...)
}
