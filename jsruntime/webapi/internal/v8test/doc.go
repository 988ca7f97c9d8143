// Package v8test runs the Web APIs' script in V8 for tests: a small host that keeps
// the border's contract with none of the runtime's speed. Bytes cross as strings of
// one character for each byte.
//
// A Host is not safe for concurrent use; its operations run in goroutines that hand
// their results to Run.
package v8test
