// Package v8 is the V8 engine of jsruntime: isolates and realms on the binding
// github.com/tommie/v8go, or, with the build tag rogchap, on the original
// rogchap.com/v8go (binding_rogchap.go lists what that one cannot do).
//
// It knows nothing of invocations, limits or web APIs; it moves text, numbers and
// bytes over the border cheaply. Numbers and bytes cross in memory that Go and one
// context share (border.js), so a turn costs two calls into V8 and one string each
// way.
//
// V8's flags and platform belong to the process: there is one Engine for each, made
// before any isolate, and never both bindings.
//
// An isolate may be entered from any goroutine, one at a time; goroutines need not be
// locked to threads, since each entry takes V8's Locker.
package v8
