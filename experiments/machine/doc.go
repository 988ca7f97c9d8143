// Package machine tells what the laboratory runs on, and what was used of it: without
// that, a figure is worth little. It knows nothing of what is measured.
//
//	before := machine.Read()
//	... measure ...
//	used := machine.Read().Since(before)   // processors busy, time that the host took
//
// Everything is safe for concurrent use. What a system does not tell is zero.
package machine
