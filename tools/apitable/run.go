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

// verdict is what came of an entry.
type verdict struct {
	entry
	Works bool   `json:"works"`
	Why   string `json:"why"`
}

// judge runs every entry, each in a context of its own.
func judge(ctx context.Context) (verdicts []verdict, err error) {
	b, err := bundle.Build(ctx, bundle.Options{Name: "apitable", Source: &bundle.Source{Contents: module}})
	if err != nil {
		return nil, err
	}
	fn, err := bundle.NewFunction("apitable", function.Manifest{Isolation: function.PerContext}, function.DefaultLimits(), b)
	if err != nil {
		return nil, err
	}
	cfg := jsruntime.DefaultConfig()
	cfg.Node = "apitable"
	cfg.Logger = slog.New(slog.DiscardHandler)
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
		v := verdict{entry: e, Why: result.Outcome.String() + ": " + result.Message}
		if result.Outcome == function.OK {
			v.Why = ""
			if err := json.Unmarshal(result.Body, &v); err != nil {
				return nil, fmt.Errorf("%s: %w", e.name, err)
			}
		}
		verdicts = append(verdicts, v)
	}
	return verdicts, nil
}
