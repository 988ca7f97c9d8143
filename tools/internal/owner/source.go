package owner

import (
	"context"
	"time"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// Hello answers a few bytes at once.
const Hello = `export default async (m) => "hello " + m.text()`

// Bundle makes a function of the source of a module.
func Bundle(ctx context.Context, name, source string, m function.Manifest) (*bundle.Function, error) {
	return Build(ctx, bundle.Options{Name: name, Source: &bundle.Source{Contents: source}}, m)
}

// Build makes a function of what opts say.
func Build(ctx context.Context, opts bundle.Options, m function.Manifest) (*bundle.Function, error) {
	b, err := bundle.Build(ctx, opts)
	if err != nil {
		return nil, err
	}
	return bundle.NewFunction(opts.Name, m, function.DefaultLimits(), b)
}

// Invocation is a first attempt of fn that came just now.
func Invocation(id string, fn *bundle.Function, payload string) *function.Invocation {
	return &function.Invocation{
		ID: id, Function: fn.Name, Subject: "fn." + fn.Name, Payload: []byte(payload),
		Attempt: 1, Received: time.Now(),
	}
}

// Config is a runtime's configuration with the default limits.
func Config(id int) jsruntime.Config {
	cfg := jsruntime.DefaultConfig()
	cfg.ID, cfg.Node = id, "jscost"
	return cfg
}
