package engines

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/parts"
	"github.com/isolane/isolane/experiments/lab/record"
	"github.com/isolane/isolane/jsruntime/v8"
)

// original is the kind of the points that another build measures, with the original binding.
const original = "original"

// originalKernels are the kernels that are called by both bindings.
var originalKernels = [...]string{"handler", "json", "sha256", "fib"}

// notInstalled is the cell of what could not be measured.
const notInstalled = "not installed"

// originalPatience is how long the other build may take for one point.
const originalPatience = 2 * time.Minute

// measured is what the part "engine" prints.
type measured struct {
	V8      string             `json:"v8"`
	Metrics map[string]float64 `json:"metrics"`
}

// Parts are the programs of this experiment.
func Parts() []parts.Part { return []parts.Part{{Name: "engine", Run: measureAlone}} }

// measureAlone measures one point in a process of its own, and prints what came of it as JSON.
func measureAlone(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := parts.Flags("engine", stderr)
	kind := flags.String("kind", "", "`KIND` of the point")
	what := flags.String("what", "", "engine, or instance")
	name := flags.String("name", "", "kernel")
	scale := flags.String("scale", string(lab.Full), "of the run")
	if err := flags.Parse(args); err != nil {
		return err
	}
	p := lab.Point{ID: *kind, Params: lab.Params{"kind": *kind, "what": *what, "name": *name}}
	if *kind != "start" && *kind != "memory" && *kind != "kernel" {
		return fmt.Errorf("engine: -kind %q: use start, memory or kernel", *kind)
	}
	took, err := run(ctx, &lab.Bench{Scale: lab.Scale(*scale), Seed: 1}, p)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(measured{V8: v8.NewEngine(v8.Config{}).Version(), Metrics: took.Metrics})
}

// byOriginal has the other build measure a point. Without one it says so, and how to have it.
func byOriginal(ctx context.Context, b *lab.Bench, p lab.Point) (*lab.Took, error) {
	cell := record.Cell{Row: original, Column: "V8", Value: notInstalled, Detail: "go build -tags rogchap -o FILE ./cmd/isolane, and then --rogchap FILE"}
	if b.Rogchap == "" {
		return &lab.Took{Cells: []record.Cell{cell}, Notes: []string{"rogchap.com/v8go is not installed: " + cell.Detail}}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, originalPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.Rogchap, "experiment", "part", "engine", //nolint:gosec // the user names it
		"-kind", p.Word("of"), "-what", p.Word("what"), "-name", p.Word("name"), "-scale", string(b.Scale))
	cmd.Stderr, cmd.WaitDelay = os.Stderr, time.Second
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("engines: %s: %w", b.Rogchap, err)
	}
	var m measured
	if err := json.Unmarshal(out, &m); err != nil {
		return nil, fmt.Errorf("engines: %s says %.100q: %w", b.Rogchap, out, err)
	}
	if m.V8 == v8.NewEngine(v8.Config{}).Version() {
		return nil, fmt.Errorf("engines: %s has this build's V8, %s: build it with -tags rogchap", b.Rogchap, m.V8)
	}
	cell.Value, cell.Detail = m.V8, filepath.Base(b.Rogchap) // where it lies is nobody's concern
	return &lab.Took{Metrics: m.Metrics, Cells: []record.Cell{cell}}, nil
}

// originalName is what the original binding is called in tables.
func originalName(r *lab.Results) string {
	for i := range r.Measurements {
		for _, c := range r.Measurements[i].Cells {
			if c.Row == original && c.Value != notInstalled {
				return "V8 " + c.Value + " of rogchap.com/v8go"
			}
		}
	}
	return "rogchap.com/v8go"
}

// orMissing shows a figure, or why there is none.
func orMissing(r *lab.Results, point, metric string) string {
	_, ok := r.Estimate(point, metric)
	if all := r.All(point); !ok && len(all) > 0 && len(all[0].Cells) > 0 {
		return all[0].Cells[0].Value
	}
	return r.Tell(point, metric)
}
