// Package crash makes runtimes fail, thousands of times in one process, and checks
// that each failure is told apart, costs no more than its own runtime, and leaves
// nothing behind: no isolate, goroutine or file, and no memory.
package crash
