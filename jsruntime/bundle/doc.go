// Package bundle turns a function's module, and all that it imports, into one
// plain script that an engine without ES modules can run, and maps positions in
// that script back to the files that the author wrote.
//
// Build does the work, with esbuild: TypeScript, JSX, JSON and packages from
// node_modules go in; a Bundle comes out, whose Script evaluates to the module's
// namespace object. Nothing is type-checked, and nothing is fetched: packages must
// be installed. What is wrong with a function is a *BuildError that names every
// place at once; a script that is too large is a *SizeError.
//
//	b, err := bundle.Build(ctx, bundle.Options{Name: "hello", Entry: "functions/hello.ts"})
//	...
//	namespace := engine.Run(b.Script, b.Origin)
//	...
//	stack := b.MapStack(exception.Stack) // "at hello (hello.ts:3:9)"
//
// NewFunction joins a Bundle and a manifest to a Function with a version.
//
// A Bundle and a Function are immutable and safe for concurrent use. Build may be
// called concurrently; no goroutine outlives it.
package bundle
