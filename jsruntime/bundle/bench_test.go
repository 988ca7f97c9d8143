package bundle_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/isolane/isolane/jsruntime/bundle"
)

func BenchmarkBuildHello(b *testing.B) {
	dir := write(b, map[string]string{"hello.ts": `export default async function (msg: any) { const { name } = msg.json(); return { hello: name }; }`})
	for b.Loop() {
		if _, err := bundle.Build(b.Context(), bundle.Options{Name: "hello", Entry: filepath.Join(dir, "hello.ts")}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMapStack(b *testing.B) {
	made := mapped(b)
	line, column := find(b, made.Script, "new RangeError(")
	stack := "RangeError: x"
	for range 10 {
		stack += fmt.Sprintf("\n    at fail (fn:hello:%d:%d)", line, column)
	}
	made.MapStack(stack) // the first call parses the map
	b.ReportAllocs()
	for b.Loop() {
		made.MapStack(stack)
	}
}
