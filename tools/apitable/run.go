package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/quickjs"
	"github.com/isolane/isolane/tools/internal/owner"
)

// module runs a check, and says what came of it.
const module = `export default async (msg) => {
  try {
    const got = await (0, eval)("(async () => {" + msg.text() + "})()");
    return got === true ? { works: true } : { works: false, why: "it gave " + String(got) };
  } catch (e) {
    return { works: false, why: String(e) };
  }
}`

// answer is what came of an entry in one engine.
type answer struct {
	Works bool   `json:"works"`
	Why   string `json:"why"`
}

// verdict is what came of an entry: in V8, and in QuickJS.
type verdict struct {
	entry
	answer
	light answer
}

// judge runs every entry in both engines.
func judge(ctx context.Context) ([]verdict, error) {
	heavy, err := answers(ctx, function.EngineV8)
	if err != nil {
		return nil, err
	}
	light, err := answers(ctx, function.EngineQuickJS)
	if err != nil {
		return nil, err
	}
	verdicts := make([]verdict, len(entries))
	for i, e := range entries {
		verdicts[i] = verdict{entry: e, answer: heavy[i], light: light[i]}
	}
	return verdicts, nil
}

// answers runs every entry in one engine, each in a context of its own.
func answers(ctx context.Context, engine function.Engine) (all []answer, err error) {
	b, err := bundle.Build(ctx, bundle.Options{Name: "apitable", Source: &bundle.Source{Contents: module}})
	if err != nil {
		return nil, err
	}
	limits := function.DefaultLimits()
	limits.CPU, limits.Wall = time.Minute, 2*time.Minute // a slow machine changes no verdict
	fn, err := bundle.NewFunction("apitable", function.Manifest{Isolation: function.PerContext, Engine: engine}, limits, b)
	if err != nil {
		return nil, err
	}
	cfg := jsruntime.DefaultConfig()
	cfg.Node = "apitable"
	cfg.Logger = slog.New(slog.DiscardHandler)
	cfg.Light = quickjs.NewEngine(quickjs.DefaultConfig())
	o, err := owner.Start(cfg, owner.NewEngine()) //nolint:contextcheck // it lives until it is closed
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	for _, e := range entries {
		inv := &function.Invocation{
			ID: "check", Function: fn.Name, Subject: "fn.apitable", Attempt: 1, Received: time.Now(), Payload: []byte(helpers + e.check),
		}
		result, err := o.Call(ctx, inv, fn)
		if err != nil {
			return nil, err
		}
		v := answer{Why: result.Outcome.String() + ": " + result.Message}
		if result.Outcome == function.OK {
			v.Why = ""
			if err := json.Unmarshal(result.Body, &v); err != nil {
				return nil, fmt.Errorf("%s: %w", e.name, err)
			}
		}
		all = append(all, v)
	}
	return all, nil
}
