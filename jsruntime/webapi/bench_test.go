package webapi_test

import (
	"testing"

	"github.com/tommie/v8go"

	"github.com/isolane/isolane/jsruntime/webapi"
	"github.com/isolane/isolane/jsruntime/webapi/internal/v8test"
)

// minimal is a host that answers nothing: what is measured is the script.
const minimal = `({ __proto__: null, call() {}, bytes() {}, start() {}, cancel() {}, log() {}, now: Date.now, timeOrigin: 0, reportUnhandled() {} })`

// BenchmarkContext compares a bare context with one that has the Web APIs, from a
// script that is compiled once for each isolate and one that is given the code cache.
func BenchmarkContext(b *testing.B) {
	v8test.SetFlags()
	script := func(b *testing.B, iso *v8go.Isolate, cache *v8go.CompilerCachedData) *v8go.UnboundScript {
		b.Helper()
		s, err := iso.CompileUnboundScript(webapi.Script(), webapi.Origin, v8go.CompileOptions{CachedData: cache})
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	install := func(b *testing.B, iso *v8go.Isolate, ctx *v8go.Context, s *v8go.UnboundScript) {
		b.Helper()
		f, err := s.Run(ctx)
		if err != nil {
			b.Fatal(err)
		}
		fn, err := f.AsFunction()
		if err != nil {
			b.Fatal(err)
		}
		host, err := ctx.RunScript(minimal, "host")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := fn.Call(v8go.Undefined(iso), host, ctx.Global()); err != nil {
			b.Fatal(err)
		}
	}
	run := func(name string, touch string, with bool) {
		b.Run(name, func(b *testing.B) {
			iso := v8go.NewIsolate()
			defer iso.Dispose()
			var s *v8go.UnboundScript
			if with {
				s = script(b, iso, nil)
			}
			for b.Loop() {
				ctx := v8go.NewContext(iso)
				if with {
					install(b, iso, ctx, s)
				} else if _, err := ctx.RunScript(minimal, "host"); err != nil {
					b.Fatal(err)
				}
				if touch != "" {
					if _, err := ctx.RunScript(touch, "touch"); err != nil {
						b.Fatal(err)
					}
				}
				ctx.Close()
			}
		})
	}
	run("bare", "", false)
	run("webapi", "", true)
	run("webapi-console", "console", true)
	run("webapi-url-fetch-classes", "URL, Headers, Response, Request", true)
	b.Run("isolate-bare", func(b *testing.B) {
		for b.Loop() {
			iso := v8go.NewIsolate()
			v8go.NewContext(iso).Close()
			iso.Dispose()
		}
	})
	b.Run("isolate-webapi-codecache", func(b *testing.B) {
		iso := v8go.NewIsolate()
		s := script(b, iso, nil)
		ctx := v8go.NewContext(iso)
		install(b, iso, ctx, s)
		cache := s.CreateCodeCache()
		ctx.Close()
		iso.Dispose()
		b.ReportMetric(float64(len(cache.Bytes)), "cache-bytes")
		for b.Loop() {
			iso := v8go.NewIsolate()
			s := script(b, iso, cache)
			if cache.Rejected {
				b.Fatal("the code cache was rejected")
			}
			ctx := v8go.NewContext(iso)
			install(b, iso, ctx, s)
			ctx.Close()
			iso.Dispose()
		}
	})
}
