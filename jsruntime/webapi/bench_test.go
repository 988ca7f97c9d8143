package webapi_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tommie/v8go"

	"github.com/isolane/isolane/jsruntime/webapi"
	"github.com/isolane/isolane/jsruntime/webapi/internal/v8test"
)

// minimal is a host that answers nothing: what is measured is the script.
const minimal = `({ __proto__: null, call() {}, bytes() {}, start() {}, cancel() {}, log() {}, now: Date.now, timeOrigin: 0, reportUnhandled() {}, touchWasm() {}, part() { return this.web; } })`

// variant is a context with a script in it and code that touches some globals.
type variant struct {
	name, script, touch string
	iso                 *v8go.Isolate
	compiled            *v8go.UnboundScript
	web                 *v8go.UnboundScript // the part that touch needs; nil where it needs none
	took                []time.Duration
}

// BenchmarkContext compares a bare context with contexts that have the Web APIs,
// taking turns, and reports medians: the ratio holds on a machine that does other
// things too.
func BenchmarkContext(b *testing.B) {
	v8test.SetFlags()
	variants := []*variant{
		{name: "bare", script: "(function () { return {}; })"},
		{name: "webapi", script: webapi.Script()},
		{name: "console", script: webapi.Script(), touch: "console"},
		{name: "fetch-classes", script: webapi.Script(), touch: "URL, Headers, Request, Response"},
	}
	for _, v := range variants {
		v.iso = v8go.NewIsolate()
		defer v.iso.Dispose()
		v.compiled = compile(b, v.iso, v.script, nil)
		if v.touch != "" {
			part, _ := webapi.Part("web")
			v.web = compile(b, v.iso, part, nil)
		}
	}
	for b.Loop() {
		for _, v := range variants {
			began := time.Now()
			ctx := v8go.NewContext(v.iso)
			install(b, ctx, v.compiled, v.web)
			if v.touch != "" {
				if _, err := ctx.RunScript(v.touch, "touch"); err != nil {
					b.Fatal(err)
				}
			}
			ctx.Close()
			v.took = append(v.took, time.Since(began))
		}
	}
	report(b, variants)
}

// BenchmarkIsolate does the same with an isolate for each context; the script comes
// from V8's code cache.
func BenchmarkIsolate(b *testing.B) {
	v8test.SetFlags()
	variants := []*variant{{name: "bare", script: "(function () { return {}; })"}, {name: "webapi", script: webapi.Script()}}
	caches := make([]*v8go.CompilerCachedData, len(variants))
	for i, v := range variants {
		iso := v8go.NewIsolate()
		ctx := v8go.NewContext(iso)
		script := compile(b, iso, v.script, nil)
		install(b, ctx, script, nil)
		caches[i] = script.CreateCodeCache()
		ctx.Close()
		iso.Dispose()
	}
	for b.Loop() {
		for i, v := range variants {
			began := time.Now()
			iso := v8go.NewIsolate()
			script := compile(b, iso, v.script, caches[i])
			if caches[i].Rejected {
				b.Fatal("the code cache was rejected")
			}
			ctx := v8go.NewContext(iso)
			install(b, ctx, script, nil)
			ctx.Close()
			iso.Dispose()
			v.took = append(v.took, time.Since(began))
		}
	}
	b.ReportMetric(float64(len(caches[1].Bytes)), "cache-bytes")
	report(b, variants)
}

func compile(b *testing.B, iso *v8go.Isolate, script string, cache *v8go.CompilerCachedData) *v8go.UnboundScript {
	b.Helper()
	s, err := iso.CompileUnboundScript(script, webapi.Origin, v8go.CompileOptions{CachedData: cache})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func install(b *testing.B, ctx *v8go.Context, script, web *v8go.UnboundScript) {
	b.Helper()
	value, err := script.Run(ctx)
	if err != nil {
		b.Fatal(err)
	}
	f, err := value.AsFunction()
	if err != nil {
		b.Fatal(err)
	}
	host, err := ctx.RunScript(minimal, "host")
	if err != nil {
		b.Fatal(err)
	}
	if web != nil {
		part, err := web.Run(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if err := host.Object().Set("web", part); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := f.Call(v8go.Undefined(ctx.Isolate()), host, ctx.Global()); err != nil {
		b.Fatal(err)
	}
}

func report(b *testing.B, variants []*variant) {
	b.Helper()
	b.ReportMetric(0, "ns/op")
	base := 0.0
	for i, v := range variants {
		slices.Sort(v.took)
		us := float64(v.took[len(v.took)/2].Nanoseconds()) / 1000
		b.ReportMetric(us, v.name+"-us")
		if i == 0 {
			base = us
			continue
		}
		b.ReportMetric(us/base, v.name+"-ratio")
	}
}
