package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/isolane/isolane/experiments/machine"
	"github.com/isolane/isolane/tools/benchpeers/internal/verdict"
)

// format is that of a result's JSON.
const format = "isolane-peers/1"

// result is what a run showed.
type result struct {
	Format   string            `json:"format"`
	Began    time.Time         `json:"began"`
	Took     time.Duration     `json:"took"`
	Machine  machine.Info      `json:"machine"`
	Versions map[string]string `json:"versions"`
	// Rounds are those measured, Each is the time of a load in one.
	Rounds int           `json:"rounds"`
	Each   time.Duration `json:"each"`
	// Before and After are of the same work: what else ran on the machine changes it.
	Before machine.Calibration `json:"before"`
	After  machine.Calibration `json:"after"`
	// Steal is the part of the machine's time that its host gave to others.
	Steal float64 `json:"steal"`
	// Missing says of peers, by key, why they did not take part.
	Missing map[string]string `json:"missing,omitempty"`
	// Colds are the starts of each peer, by key.
	Colds    map[string][]cold `json:"colds"`
	Cells    []*cell           `json:"cells"`
	Verdicts []judged          `json:"verdicts"`
}

// cell is what all rounds of one load showed of one peer.
type cell struct {
	Peer    string   `json:"peer"`
	Load    string   `json:"load"`
	Samples []sample `json:"samples"`
	// Failed says why there is no figure; the samples before that prove nothing.
	Failed string `json:"failed,omitempty"`
}

// cell returns the cell of a peer and a load, which it makes.
func (r *result) cell(p peer, l load) *cell {
	if c := r.find(p.key, l.name); c != nil {
		return c
	}
	c := &cell{Peer: p.key, Load: l.name}
	r.Cells = append(r.Cells, c)
	return c
}

// find returns the cell where there is one.
func (r *result) find(peer, load string) *cell {
	for _, c := range r.Cells {
		if c.Peer == peer && c.Load == load {
			return c
		}
	}
	return nil
}

func (r *result) miss(p peer, why string) {
	if r.Missing == nil {
		r.Missing = map[string]string{}
	}
	r.Missing[p.key] = why
}

func (r *result) fail(p peer, l load, why string) {
	r.cell(p, l).Failed = why
}

func (r *result) addCold(p peer, c cold) {
	if r.Colds == nil {
		r.Colds = map[string][]cold{}
	}
	r.Colds[p.key] = append(r.Colds[p.key], c)
}

// save writes the result; nothing where no file is named.
func (r *result) save(file string) error {
	if file == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

// figure takes one figure out of each sample.
type figure func(sample) float64

// The figures of the tables.
func cpu(s sample) float64  { return s.CPU }
func rate(s sample) float64 { return s.Rate }
func p50(s sample) float64  { return float64(s.P50) }
func p99(s sample) float64  { return float64(s.P99) }
func peak(s sample) float64 { return float64(s.Peak) }

// rounds are a figure of each round.
func (c *cell) rounds(f figure) []float64 {
	all := make([]float64, len(c.Samples))
	for i, s := range c.Samples {
		all[i] = f(s)
	}
	return all
}

func (c *cell) spread(f figure) verdict.Spread { return verdict.Of(c.rounds(f)) }

// versions are those of what is compared, as far as they can be told.
func (a *arena) versions(ctx context.Context) map[string]string {
	all := map[string]string{}
	for _, name := range []string{"deno", "workerd", "piscina", "@nats-io/transport-node"} {
		text, err := os.ReadFile(filepath.Join(a.js, "node_modules", name, "package.json")) //nolint:gosec // of a folder that the flags name
		if err != nil {
			continue // not installed
		}
		var about struct {
			Version string `json:"version"`
		}
		if json.Unmarshal(text, &about) == nil {
			all[name] = about.Version
		}
	}
	if text, err := exec.CommandContext(ctx, "node", "--version").Output(); err == nil {
		all["node"] = strings.TrimPrefix(strings.TrimSpace(string(text)), "v")
	}
	if text, err := exec.CommandContext(ctx, a.isolane, "version").Output(); err == nil { //nolint:gosec // the binary that the flags name
		first, _, _ := strings.Cut(string(text), "\n")
		all["isolane"] = first
	}
	return all
}
