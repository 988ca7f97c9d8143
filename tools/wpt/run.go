package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/internal/owner"
)

//go:embed shim.js
var shim string

// patience is how long one unit may take.
const patience = time.Minute

// request is what the shim is called with.
type request struct {
	Harness string   `json:"harness"`
	Scripts []script `json:"scripts"`
	// Files are what fetch gives for their names, in place of the suite's server.
	Files map[string]string `json:"files"`
	Href  string            `json:"href"`
	Time  int64             `json:"time"` // in milliseconds
}

// outcome is what came of one unit.
type outcome struct {
	Status  string    `json:"status"`
	Message string    `json:"message"`
	Tests   []subtest `json:"tests"`
}

type subtest struct {
	Name    string `json:"name"`
	Status  string `json:"status"`
	Message string `json:"message"`
}

// runner runs units; it is closed once.
type runner interface {
	run(ctx context.Context, u unit) (outcome, error)
	close() error
}

func requestFor(harness string, u unit) ([]byte, error) {
	return json.Marshal(request{
		Harness: harness, Scripts: u.scripts, Files: u.files, Time: (patience / 2).Milliseconds(),
		Href: "http://web-platform.test:8000/" + strings.TrimSuffix(u.name, u.variant) + u.variant,
	})
}

// isolane runs units in functions, each in an isolate of its own.
type isolane struct {
	owner   *owner.Owner
	fn      *bundle.Function
	harness string
}

func newIsolane(ctx context.Context, harness string) (*isolane, error) {
	b, err := bundle.Build(ctx, bundle.Options{Name: "wpt", Source: &bundle.Source{
		Contents: shim + "\nexport default async (msg) => globalThis[\"isolane:wpt\"](msg.json());\n",
	}})
	if err != nil {
		return nil, err
	}
	limits := function.DefaultLimits()
	limits.CPU, limits.Wall = patience, patience
	limits.Heap, limits.Buffers = 512*function.MiB, 256*function.MiB
	fn, err := bundle.NewFunction("wpt", function.Manifest{Isolation: function.PerIsolate}, limits, b)
	if err != nil {
		return nil, err
	}
	cfg := jsruntime.DefaultConfig()
	cfg.Node = "wpt"
	cfg.Limits = limits
	cfg.Logger = slog.New(slog.DiscardHandler)
	o, err := owner.Start(cfg, owner.NewEngine()) //nolint:contextcheck // the owner lives until it is closed
	if err != nil {
		return nil, err
	}
	return &isolane{owner: o, fn: fn, harness: harness}, nil
}

func (i *isolane) run(ctx context.Context, u unit) (outcome, error) {
	payload, err := requestFor(i.harness, u)
	if err != nil {
		return outcome{}, err
	}
	inv := &function.Invocation{ID: u.name, Function: i.fn.Name, Subject: "fn.wpt", Payload: payload, Attempt: 1, Received: time.Now()}
	result, err := i.owner.Call(ctx, inv, i.fn)
	if err != nil {
		return outcome{}, err
	}
	if result.Outcome != function.OK {
		return outcome{Status: "CRASH", Message: result.Outcome.String() + ": " + result.Message}, nil
	}
	var o outcome
	if err := json.Unmarshal(result.Body, &o); err != nil {
		return outcome{}, fmt.Errorf("%s: %w", u.name, err)
	}
	return o, nil
}

func (i *isolane) close() error { return i.owner.Close() }

// deno runs units in processes of Deno.
type deno struct {
	binary, dir, harness string
}

func newDeno(binary, harness string) (*deno, error) {
	dir, err := os.MkdirTemp("", "wpt-deno-")
	if err != nil {
		return nil, err
	}
	text := shim + `
const answer = await globalThis["isolane:wpt"](JSON.parse(Deno.readTextFileSync(Deno.args[0])));
console.log("\n@@" + JSON.stringify(answer));
Deno.exit(0);
`
	return &deno{binary: binary, dir: dir, harness: harness}, os.WriteFile(filepath.Join(dir, "run.js"), []byte(text), 0o600)
}

func (d *deno) run(ctx context.Context, u unit) (outcome, error) {
	payload, err := requestFor(d.harness, u)
	if err != nil {
		return outcome{}, err
	}
	file := filepath.Join(d.dir, "unit.json")
	if err := os.WriteFile(file, payload, 0o600); err != nil {
		return outcome{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	said, err := exec.CommandContext(ctx, d.binary, "run", "--allow-all", "--quiet", "--no-lock", filepath.Join(d.dir, "run.js"), file).Output()
	_, answer, found := strings.Cut(string(said), "\n@@")
	if !found {
		return outcome{Status: "CRASH", Message: fmt.Sprintf("no answer: %v", err)}, nil
	}
	var o outcome
	return o, json.Unmarshal([]byte(answer), &o)
}

func (d *deno) close() error { return os.RemoveAll(d.dir) }
