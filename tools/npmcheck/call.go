package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/internal/owner"
)

// sample is a function with a call that shows what it does.
type sample struct {
	name, payload string
}

// samples are the functions of the folder, the one without a package first.
var samples = []sample{
	{"none", `{"name":"Ada"}`},
	{"zod", `{"id":"2c5ea4c0-4067-41fe-8bad-9b1deb4d3b7d","items":[{"sku":"a","price":2},{"sku":"b","price":3.5}]}`},
	{"date-fns", `{"from":"2026-01-31"}`},
	{"jose", `{"name":"Ada"}`},
	{"hono", `{"method":"GET","path":"/books/7?page=2"}`},
	{"nanoid", ``},
	{"uuid", `https://example.com/`},
	{"lodash-es", `[{"name":"b","city":"x","age":2},{"name":"a","city":"x","age":1},{"name":"c","city":"y","age":3}]`},
	{"marked", "# Title\n\n- *one*\n- `two`\n"},
}

// load bundles a function of the folder.
func load(ctx context.Context, dir, name string) (*bundle.Function, error) {
	b, err := bundle.Build(ctx, bundle.Options{Name: name, Entry: filepath.Join(dir, "functions", name+".js")})
	if err != nil {
		return nil, err
	}
	return bundle.NewFunction(name, function.Manifest{}, function.DefaultLimits(), b)
}

// caller calls functions in runtimes of one engine.
type caller struct{ engine *owner.Engine }

func newCaller() *caller { return &caller{engine: owner.NewEngine()} }

// timing is what a function's calls took, in a new isolate.
type timing struct {
	cold, warm time.Duration
}

// call calls fn in a new runtime, n times more than once, and returns the last result.
func (c *caller) call(ctx context.Context, fn *bundle.Function, payload string, n int) (result *function.Result, took timing, err error) {
	cfg := jsruntime.DefaultConfig()
	cfg.Node = "npmcheck"
	cfg.Logger = slog.New(slog.DiscardHandler)
	o, err := owner.Start(cfg, c.engine) //nolint:contextcheck // it lives until it is closed
	if err != nil {
		return nil, took, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	for i := range n + 1 {
		began := time.Now()
		inv := &function.Invocation{ID: "call", Function: fn.Name, Subject: "fn." + fn.Name, Payload: []byte(payload), Attempt: 1, Received: began}
		if result, err = o.Call(ctx, inv, fn); err != nil {
			return nil, took, err
		}
		if result.Outcome != function.OK {
			return nil, took, fmt.Errorf("%s: %s: %s\n%s", fn.Name, result.Outcome, result.Message, result.Stack)
		}
		if d := time.Since(began); i == 0 {
			took.cold = d
		} else {
			took.warm = d
		}
	}
	return result, took, nil
}

// versions are the packages' versions, as package.json has them.
func versions(text []byte) (map[string]string, error) {
	var known struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	return known.Dependencies, json.Unmarshal(text, &known)
}
