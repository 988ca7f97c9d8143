// Package functest runs the tests of functions, *.test.ts, in the runtime that functions run
// in: a node of its own, with NATS and JetStream inside and nothing outside, serves the
// folder, and each file of tests runs there as one call of a function, with the permissions
// and variables of the function that it stands beside.
//
// Find says which files there are, Run runs them. library.js is the module "isolane/test" that
// tests import: vitest's runner and expect, and invoke and call, which npm/ has; make
// webvendor bundles it anew.
//
//	places, err := functest.Find([]string{"functions"})
//	...
//	err = functest.Run(ctx, functest.Config{Places: places}, func(f functest.File) { ... })
package functest
