package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/isolane/isolane/experiments/loadgen"
)

// LoadConfig says what load to send, from a process of its own.
type LoadConfig struct {
	Place Place
	// NATS is the server's URL.
	NATS string
	// Load is what is sent: its steps are all of an open loop, or all of a closed one.
	Load loadgen.Config
}

// Load runs isolane bench, and returns what it measured.
func (r *Rig) Load(ctx context.Context, cfg LoadConfig) (*loadgen.Result, error) {
	if err := cfg.Load.Validate(); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(r.cfg.Folder, "load-")
	if err != nil {
		return nil, fmt.Errorf("rig: %w", err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // the rig's folder is removed as a whole
	argv, err := r.bench(folder, cfg)
	if err != nil {
		return nil, err
	}
	p, err := r.Start(ctx, "load", cfg.Place, argv...)
	if err != nil {
		return nil, err
	}
	p.killed = true // it ends by itself
	if err := p.AwaitEnd(ctx); err != nil {
		return nil, errors.Join(err, p.Kill(context.WithoutCancel(ctx)))
	}
	r.running = slices.DeleteFunc(r.running, func(other *Process) bool { return other == p })
	if err := p.release(); err != nil {
		return nil, err
	}
	if status := p.Status(); status != 0 {
		return nil, fmt.Errorf("rig: the load generator ended with status %d: %s", status, p.Said())
	}
	file, err := os.Open(filepath.Join(folder, "result.json")) //nolint:gosec // our own
	if err != nil {
		return nil, fmt.Errorf("rig: %w", err)
	}
	defer file.Close() //nolint:errcheck // read only
	return loadgen.Read(file)
}

// bench is the command line that sends the load.
func (r *Rig) bench(folder string, cfg LoadConfig) ([]string, error) {
	l := cfg.Load
	argv := slices.Concat(r.cfg.Isolane, []string{
		"bench", "--nats", cfg.NATS, "--subjects", "--quiet", "--out", filepath.Join(folder, "result.json"),
		"--warmup", l.Warmup.String(), "--via", string(l.Via), "--arrivals", string(l.Arrivals), "--timeout", l.Timeout.String(),
		"--outstanding", strconv.Itoa(l.MaxOutstanding), "--connections", strconv.Itoa(l.Connections),
		"--slice", l.Slice.String(), "--seed", strconv.FormatUint(l.Seed, 10), "--duration", l.Steps[0].Duration.String(),
	})
	for _, step := range l.Steps {
		if step.Callers > 0 {
			argv = append(argv, "--callers", strconv.Itoa(step.Callers))
		} else {
			argv = append(argv, "--rate", strconv.FormatFloat(step.Rate, 'f', -1, 64))
		}
	}
	for i, target := range l.Targets {
		payload := filepath.Join(folder, strconv.Itoa(i))
		if err := os.WriteFile(payload, target.Payload, 0o600); err != nil {
			return nil, fmt.Errorf("rig: %w", err)
		}
		argv = append(argv, fmt.Sprintf("%s:%g=@%s", target.Subject, target.Weight, payload))
	}
	return argv, nil
}
