package record

import (
	"time"

	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/machine"
)

// Format is that of the lines.
const Format = "isolane-lab/1"

// Metric says what a number means.
type Metric struct {
	Name string `json:"name"`
	// Unit is "" for a plain number.
	Unit    string `json:"unit,omitempty"`
	Meaning string `json:"meaning"`
	// Tolerance is how wide the figure's interval may be.
	Tolerance judge.Tolerance `json:"tolerance"`
}

// Header is the first line.
type Header struct {
	Kind       string `json:"kind"` // "run"
	Format     string `json:"format"`
	Experiment string `json:"experiment"`
	// Scale is full, quick or smoke.
	Scale string    `json:"scale"`
	Seed  uint64    `json:"seed"`
	Began time.Time `json:"began"`
	// Machine is what it ran on; Versions are those of isolane, V8, the NATS server and so on.
	Machine  machine.Info      `json:"machine"`
	Versions map[string]string `json:"versions"`
	// Configuration is what all points have in common.
	Configuration map[string]string `json:"configuration,omitempty"`
	Metrics       []Metric          `json:"metrics"`
	// Points are the ids of what is to be measured, in their order.
	Points []string `json:"points"`
}

// Measurement is one repetition of a point.
type Measurement struct {
	Kind  string `json:"kind"` // "measurement"
	Point string `json:"point"`
	// Params are what tells the point from others.
	Params map[string]any `json:"params,omitempty"`
	// Repetition counts from 1.
	Repetition int       `json:"repetition"`
	Seed       uint64    `json:"seed"`
	Began      time.Time `json:"began"`
	// Seconds is how long it took, setting up and taking down included.
	Seconds float64 `json:"seconds"`
	// Before and After are how long the calibration loop took around it, in milliseconds;
	// Steal is the part of the machine's time that its host took meanwhile.
	Before float64 `json:"calibrationBeforeMs"`
	After  float64 `json:"calibrationAfterMs"`
	Steal  float64 `json:"steal"`
	// Metrics are the figures, by the names in the header.
	Metrics map[string]float64 `json:"metrics,omitempty"`
	Series  []Series           `json:"series,omitempty"`
	Cells   []Cell             `json:"cells,omitempty"`
	// Notes are what a reader should know of it.
	Notes []string `json:"notes,omitempty"`
	// Error is why there are no figures.
	Error string `json:"error,omitempty"`
}

// Series is a figure that changes along an axis, such as time.
type Series struct {
	Name string `json:"name"`
	X    string `json:"x"` // what the axes are, with their units
	Y    string `json:"y"`
	// Points are pairs of x and y.
	Points [][2]float64 `json:"points"`
}

// Cell is an answer in words: one of a table.
type Cell struct {
	Row    string `json:"row"`
	Column string `json:"column"`
	// Value is short, Detail says how it came to it, Source names the program that ran.
	Value  string `json:"value"`
	Detail string `json:"detail,omitempty"`
	Source string `json:"source,omitempty"`
}

// Circumstances are what was seen around m.
func (m *Measurement) Circumstances() judge.Circumstances {
	return judge.Circumstances{Before: m.Before, After: m.After, Steal: m.Steal}
}
