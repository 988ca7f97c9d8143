// Package quickjs is the light engine of jsruntime: Bellard's QuickJS as pure Go
// (modernc.org/libquickjs, the engine below modernc.org/quickjs).
//
// An isolate is one QuickJS runtime with one realm, and has an allocator of its own: its
// limit holds for the heap and the buffers together, it is freed as a whole, and what a
// fault of the engine breaks in it is its own. It starts in a fraction of what a V8
// isolate takes, and computes 10 to 90 times slower.
//
// Four conditions hold for each isolate:
//
//   - It has a memory limit, and can be interrupted. JavaScript is stopped at the limit
//     as it is by Terminate, and nothing runs in the isolate after either.
//   - The engine runs under debug.SetPanicOnFault and recover: a fault of it ends the
//     isolate, not the process.
//   - Bytecode is what this process compiled, since QuickJS does not verify it. It is
//     kept with the bundle, in memory alone.
//   - Functions that need Intl or WebAssembly are refused when they are loaded: see
//     Missing.
//
// An isolate may be entered from any goroutine, one at a time.
package quickjs
