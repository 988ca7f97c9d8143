// Package isolation is the experiment on isolation models: what a call costs in a process
// of its own, in a fresh isolate, in a fresh context, in a warm context and in an isolate
// of its function's own, with 1 to 1,000 functions; and what one call can see, change or
// take away of another, by programs that run in each of them, and beside them in Node and
// Deno where those are installed.
package isolation
