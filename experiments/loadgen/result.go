package loadgen

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/isolane/isolane/experiments/machine"
)

// Format is that of a Result's JSON.
const Format = "isolane-bench/1"

// Result is what a run showed. Its JSON is what Read reads.
type Result struct {
	Format  string       `json:"format"`
	Label   string       `json:"label,omitempty"`
	Began   time.Time    `json:"began"`
	Machine machine.Info `json:"machine"`
	Config  Config       `json:"config"`
	Steps   []StepResult `json:"steps"`
}

// StepResult is what one step showed.
type StepResult struct {
	Step Step `json:"step"`
	// Ends counts the requests by their end: an outcome, or one of the End words.
	Ends map[string]uint64 `json:"ends"`
	// Rate is how many requests a second ended ok, of those due in the step.
	Rate float64 `json:"rate"`
	// Latency is that of all that were sent, from when they were due; what had no reply
	// counts with the timeout. OK is that of those that ended ok, Service that of all from
	// when they were really sent, Lag how late that was.
	Latency Distribution `json:"latency"`
	OK      Distribution `json:"ok"`
	Service Distribution `json:"service"`
	Lag     Distribution `json:"lag"`
	// Others are the latencies of those that ended otherwise than ok, by their end.
	Others map[string]Distribution `json:"others,omitempty"`
	// Why is what the first reply of an end that is not ok said, by the end.
	Why map[string]string `json:"why,omitempty"`
	// Slices are the parts of the step in their order.
	Slices []Slice `json:"slices"`
	// Stray counts the replies that came after the timeout.
	Stray uint64 `json:"stray,omitempty"`
	// Cores is how many processors the generator itself kept busy, Steal the part of the
	// machine's time that its host gave to others.
	Cores float64 `json:"cores"`
	Steal float64 `json:"steal"`
	// Busy is how many of the processors that the generator may use were busy with anything,
	// itself included; Sending the part of the step that the busiest connection of an open
	// loop spent on sending.
	Busy    float64 `json:"busy"`
	Sending float64 `json:"sending"`
	// Limits say why the figures may be the generator's; empty where they are not.
	Limits []string `json:"limits,omitempty"`
}

// Slice is a part of a step, by when requests were due. Percentiles are in microseconds.
type Slice struct {
	Due uint64 `json:"due"`
	OK  uint64 `json:"ok"`
	P50 int64  `json:"p50"`
	P99 int64  `json:"p99"`
}

// Distribution sums up a histogram, in microseconds.
type Distribution struct {
	Count int64   `json:"count"`
	Mean  float64 `json:"mean"`
	P50   int64   `json:"p50"`
	P90   int64   `json:"p90"`
	P99   int64   `json:"p99"`
	P999  int64   `json:"p999"`
	Max   int64   `json:"max"`
	// Histogram is the whole of it, in HdrHistogram's compressed format (V2, base64).
	Histogram string `json:"histogram,omitempty"`
}

func distribution(h *hdrhistogram.Histogram) (Distribution, error) {
	d := Distribution{
		Count: h.TotalCount(), Mean: h.Mean(), P50: h.ValueAtQuantile(50), P90: h.ValueAtQuantile(90),
		P99: h.ValueAtQuantile(99), P999: h.ValueAtQuantile(99.9), Max: h.Max(),
	}
	if d.Count == 0 {
		return Distribution{}, nil
	}
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return d, fmt.Errorf("loadgen: encode a histogram: %w", err)
	}
	d.Histogram = string(text)
	return d, nil
}

// summarize turns what was taken down into a StepResult.
func (r *recorder) summarize(step Step) (StepResult, error) {
	out := StepResult{Step: step, Ends: maps.Clone(r.ends), Stray: r.stray, Slices: make([]Slice, len(r.slices))}
	var err error
	for _, of := range []struct {
		to   *Distribution
		from *hdrhistogram.Histogram
	}{{&out.Latency, r.latency}, {&out.OK, r.okay}, {&out.Service, r.service}, {&out.Lag, r.lag}} {
		if *of.to, err = distribution(of.from); err != nil {
			return out, err
		}
	}
	if len(r.why) > 0 {
		out.Why = maps.Clone(r.why)
	}
	for how, h := range r.others {
		d, err := distribution(h)
		if err != nil {
			return out, err
		}
		if out.Others == nil {
			out.Others = map[string]Distribution{}
		}
		out.Others[how] = d
	}
	for i, s := range r.slices {
		if s != nil {
			out.Slices[i] = Slice{Due: s.due, OK: s.okay, P50: s.latency.ValueAtQuantile(50), P99: s.latency.ValueAtQuantile(99)}
		}
	}
	out.Rate = float64(r.ends[EndOK]) / step.Duration.Seconds()
	return out, nil
}

// maxResult bounds what Read reads.
const maxResult = 256 << 20

// Read reads the JSON of a Result. The error wraps ErrResult where it is none.
func Read(from io.Reader) (*Result, error) {
	r := &Result{}
	decoder := json.NewDecoder(io.LimitReader(from, maxResult))
	if err := decoder.Decode(r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrResult, err)
	}
	if r.Format != Format {
		return nil, fmt.Errorf("%w: its format is %q, this version reads %q", ErrResult, r.Format, Format)
	}
	for i, s := range r.Steps {
		if s.Step.Duration <= 0 {
			return nil, fmt.Errorf("%w: step %d has no duration", ErrResult, i+1)
		}
	}
	return r, nil
}
