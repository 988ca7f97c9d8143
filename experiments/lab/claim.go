package lab

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/isolane/isolane/experiments/lab/judge"
)

// Figure is a figure that a claim rests on: a metric at a point, or that over another one.
type Figure struct {
	Point, Metric string
	// Over, where it is set, is what it is divided by.
	Over *Figure
	// Unit is what a ratio is called; "" is "times".
	Unit string
}

// Condition is what must be true of a figure of the claim.
type Condition struct {
	Figure string
	Is     judge.Op
	Bound  float64
}

// Claim is a conclusion. In the texts {name} stands for a figure, as "{warm}", and every
// sentence has at least one: Validate sees to it.
type Claim struct {
	// Name is for references; Topic is the heading that it stands under in the
	// recommendations.
	Name, Topic string
	// Figures are those that the texts and the conditions name.
	Figures map[string]Figure
	// When lists what must all hold, on the whole interval of each figure.
	When []Condition
	// Then is said where it does, Otherwise where one condition surely does not. Where the
	// data do not decide, or a figure is unfit or missing, that is said instead.
	Then, Otherwise string
	// Limits say what the advice is not good for.
	Limits string
}

var placeholder = regexp.MustCompile(`\{([a-zA-Z0-9-]+)\}`)

// Validate says what is wrong with the claim.
func (c Claim) Validate() error {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("%w: claim %q: %s", ErrExperiment, c.Name, fmt.Sprintf(format, args...))
	}
	if !nameForm.MatchString(c.Name) || c.Topic == "" || len(c.When) == 0 {
		return fault("it needs a name, a topic and a condition")
	}
	for _, text := range []string{c.Then, c.Otherwise} {
		for _, sentence := range sentences(text) {
			if !placeholder.MatchString(sentence) {
				return fault("a sentence rests on no figure: %q", sentence)
			}
		}
		for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
			if _, ok := c.Figures[match[1]]; !ok {
				return fault("there is no figure %q", match[1])
			}
		}
	}
	if c.Then == "" || c.Otherwise == "" {
		return fault("it needs a text for both cases")
	}
	for _, condition := range c.When {
		if _, ok := c.Figures[condition.Figure]; !ok {
			return fault("there is no figure %q", condition.Figure)
		}
	}
	return nil
}

// sentences splits a text at full stops that a space or the end follows.
func sentences(text string) []string {
	var list []string
	for _, s := range strings.SplitAfter(strings.Join(strings.Fields(text), " ")+" ", ". ") {
		if s = strings.TrimSpace(s); s != "" {
			list = append(list, s)
		}
	}
	return list
}

// Verdict is what the data say of a claim.
type Verdict struct {
	Claim   Claim
	Verdict judge.Verdict
	// Text is what is to be printed, as Markdown.
	Text string
	// Sure is the least chance that it is right, where the claim holds or fails.
	Sure float64
}

// wellSure is from where on nothing is said of how sure a conclusion is.
const wellSure = 0.95

// Limits say what the conclusion is not good for, and how sure it is where that is less than
// usual.
func (v Verdict) Limits() string {
	if v.Sure >= wellSure {
		return v.Claim.Limits
	}
	return fmt.Sprintf("%s Sure to %.0f %%, which is what so few repetitions can give.", v.Claim.Limits, 100*v.Sure)
}

// Judge decides what a claim says.
func (r *Results) Judge(c Claim) Verdict {
	var verdicts []judge.Verdict
	var doubts []string
	holds, fails := 1.0, 0.0 // how sure it is
	for _, condition := range c.When {
		f := c.Figures[condition.Figure]
		e, ok := r.figure(f)
		is := judge.Condition{Op: condition.Is, Bound: condition.Bound}
		v := judge.NotMeasured
		if ok {
			v = is.Of(e)
		}
		verdicts = append(verdicts, v)
		switch v {
		case judge.NotMeasured:
			doubts = append(doubts, f.name()+" was not measured in this run")
		case judge.Unfit:
			doubts = append(doubts, f.name()+" says nothing: "+e.Unfit)
		case judge.TooNoisy, judge.Undecided:
			doubts = append(doubts, r.doubt(f, e, is))
		case judge.Holds:
			holds = min(holds, e.Sure)
		case judge.Fails:
			fails = max(fails, e.Sure)
		}
	}
	out := Verdict{Claim: c, Verdict: judge.All(verdicts...)}
	switch out.Verdict {
	case judge.Holds:
		out.Sure = holds
		out.Text, doubts = r.fill(c, c.Then)
	case judge.Fails:
		out.Sure = fails
		out.Text, doubts = r.fill(c, c.Otherwise)
	case judge.Undecided, judge.TooNoisy, judge.Unfit, judge.NotMeasured:
	}
	if out.Text == "" {
		out.Text = fmt.Sprintf("No conclusion on \"%s\": %s.", strings.ReplaceAll(c.Name, "-", " "), strings.Join(doubts, "; "))
		if out.Verdict == judge.Holds || out.Verdict == judge.Fails {
			out.Verdict = judge.Unfit
		}
	}
	return out
}

// doubt says why a figure does not decide a condition, and what would.
func (r *Results) doubt(f Figure, e judge.Estimate, c judge.Condition) string {
	noisy := ""
	if e.Noisy != "" {
		noisy = "too noisy; "
	}
	more := "it is so near to that that no number of repetitions would decide it"
	if n, ok := c.Needed(e); ok {
		more = fmt.Sprintf("about %d repetitions would decide it", n)
	}
	return fmt.Sprintf("%s would have to be surely %s %s, and is %s (%s%s)", f.name(), c.Op, digits(c.Bound), r.link(f, e), noisy, more)
}

// fill puts the figures into a text; where one of them is unfit or missing, the text is ""
// and the doubts say so. A noisy one shows its interval.
func (r *Results) fill(c Claim, text string) (filled string, doubts []string) {
	said := map[string]string{}
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		f := c.Figures[match[1]]
		e, ok := r.figure(f)
		switch {
		case !ok:
			said[f.name()+" was not measured in this run"] = ""
		case e.Unfit != "":
			said[f.name()+" says nothing: "+e.Unfit] = ""
		}
	}
	if len(said) > 0 {
		return "", slices.Sorted(maps.Keys(said))
	}
	return placeholder.ReplaceAllStringFunc(text, func(match string) string {
		f := c.Figures[match[1:len(match)-1]]
		e, _ := r.figure(f)
		return r.link(f, e)
	}), nil
}

// figure estimates a figure; false where one part of it was not measured.
func (r *Results) figure(f Figure) (judge.Estimate, bool) {
	e, ok := r.Estimate(f.Point, f.Metric)
	if !ok || f.Over == nil {
		return e, ok
	}
	over, ok := r.Estimate(f.Over.Point, f.Over.Metric)
	if !ok {
		return judge.Estimate{}, false
	}
	return judge.Ratio(e, over), true
}

// name is what a figure is called where it is not shown.
func (f Figure) name() string {
	name := fmt.Sprintf("`%s` at `%s`", f.Metric, f.Point)
	if f.Over != nil {
		name += fmt.Sprintf(" over `%s` at `%s`", f.Over.Metric, f.Over.Point)
	}
	return name
}

// link is a figure as a text shows it: its value and interval, with a link to the row of
// the experiment's table that it comes from.
func (r *Results) link(f Figure, e judge.Estimate) string {
	unit := f.Unit
	if m, ok := r.Metric(f.Metric); ok && f.Over == nil {
		unit = m.Unit
	}
	if f.Over != nil && unit == "" {
		unit = "times"
	}
	text := Show(e.Median, unit)
	if digits(e.Low) != digits(e.Median) || digits(e.High) != digits(e.Median) {
		text += fmt.Sprintf(" (%s to %s)", digits(e.Low), digits(e.High))
	}
	return fmt.Sprintf("[%s](#%s)", text, anchor(r.Header.Experiment, f.Point))
}

// anchor names the row of a point.
func anchor(experiment, point string) string {
	return experiment + "-" + strings.NewReplacer("/", "-", ".", "-").Replace(point)
}
