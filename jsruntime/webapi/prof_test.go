package webapi_test

import (
	"strings"
	"testing"

	"github.com/tommie/v8go"

	"github.com/isolane/isolane/jsruntime/webapi"
	"github.com/isolane/isolane/jsruntime/webapi/internal/v8test"
)

func BenchmarkParts(b *testing.B) {
	v8test.SetFlags()
	full := webapi.Script()
	cut := func(marker string) string {
		i := strings.Index(full, marker)
		if i < 0 {
			b.Fatal(marker)
		}
		return full[:i] + "return {};\n" + full[i:]
	}
	for _, v := range []struct{ name, src string }{
		{"0empty", "(function(host, global){ return {}; })"},
		{"1hoist", cut("const functionCall =")},
		{"2prim", cut("const noConstructor =")},
		{"3slots", cut("lazy(\"console\"")},
		{"4lazy", cut("({\nsetTimeout")},
		{"5full", full},
		{"6def-global", "(function(host, global){ const d = Object.defineProperty; function l(n) { d(global, n, {enumerable: false, configurable: true, get: () => n, set: (v) => { n = v; } }); } l('a1');l('a2');l('a3');l('a4');l('a5');l('a6');l('a7');l('a8');l('a9');l('a10');l('b1');l('b2');l('b3');l('b4');l('b5');l('b6');l('b7');l('b8');l('b9');l('b10'); return {}; })"},
		{"6def-plain", "(function(host, global){ const o = {}; const d = Object.defineProperty; function l(n) { d(o, n, {enumerable: false, configurable: true, get: () => n, set: (v) => { n = v; } }); } l('a1');l('a2');l('a3');l('a4');l('a5');l('a6');l('a7');l('a8');l('a9');l('a10');l('b1');l('b2');l('b3');l('b4');l('b5');l('b6');l('b7');l('b8');l('b9');l('b10'); return {}; })"},
		{"6def-data", "(function(host, global){ const d = Object.defineProperty; function l(n) { d(global, n, {enumerable: false, configurable: true, writable: true, value: n }); } l('a1');l('a2');l('a3');l('a4');l('a5');l('a6');l('a7');l('a8');l('a9');l('a10');l('b1');l('b2');l('b3');l('b4');l('b5');l('b6');l('b7');l('b8');l('b9');l('b10'); return {}; })"},
		{"6defs-global", "(function(host, global){ const A = (n) => ({enumerable: false, configurable: true, get: () => n, set: (v) => { n = v; } }); Object.defineProperties(global, {a1:A(1),a2:A(1),a3:A(1),a4:A(1),a5:A(1),a6:A(1),a7:A(1),a8:A(1),a9:A(1),a10:A(1),b1:A(1),b2:A(1),b3:A(1),b4:A(1),b5:A(1),b6:A(1),b7:A(1),b8:A(1),b9:A(1),b10:A(1)}); return {}; })"},
		{"6assign", "(function(host, global){ Object.assign(global, {a1(){},a2(){},a3(){},a4(){},a5(){},a6(){},a7(){},a8(){},a9(){},a10(){}});return {}; })"},
	} {
		b.Run(v.name, func(b *testing.B) {
			iso := v8go.NewIsolate()
			defer iso.Dispose()
			s, err := iso.CompileUnboundScript(v.src, "x", v8go.CompileOptions{})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				b.StopTimer()
				ctx := v8go.NewContext(iso)
				host, _ := ctx.RunScript(minimal, "host")
				g := ctx.Global()
				b.StartTimer()
				f, err := s.Run(ctx)
				if err != nil {
					b.Fatal(err)
				}
				fn, _ := f.AsFunction()
				if _, err := fn.Call(v8go.Undefined(iso), host, g); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				ctx.Close()
				b.StartTimer()
			}
		})
	}
}
