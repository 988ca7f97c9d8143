// Package folder finds the functions in a folder and follows their changes.
//
// A function is NAME.ts (or .mts, .js, .mjs, .tsx, .jsx) with an optional manifest
// NAME.yaml beside it, or NAME/index.ts (or .js, ...) with an optional manifest
// NAME/function.yaml. Code that functions share stands in a folder without an index
// file, or in one whose name begins with "_".
//
// Not looked at as functions: names that begin with "." or "_", node_modules, tests
// (NAME.test.ts, NAME.spec.ts), declarations (NAME.d.ts), and files that are neither
// scripts nor manifests. What looks like a function and cannot be one is an error of
// that function alone: a name that is none, two files that claim one name, a manifest
// without a function.
//
// Scan reads the folder once. Watch reads it and goes on until its context ends:
//
//	err := folder.Watch(ctx, folder.Config{
//		Dir:      "functions",
//		Defaults: function.DefaultLimits(),
//		Logger:   logger,
//		OnChange: func(c folder.Change) { registry.Apply(c) },
//		Ready:    func() { close(ready) },
//	})
//
// Watch rebuilds only what a change concerns: each function whose files, in the sense
// of everything that was bundled, include the changed one, and each that was broken.
// Packages in node_modules are not watched; a change of package.json or of a lock
// file stands for them.
//
// Both are safe for concurrent use. Watch calls back from the goroutine that called
// it, one call at a time, and no goroutine outlives it.
package folder
