// Package cpuprofile makes a function's profile out of what an isolate's profiler says.
//
//	p, err := cpuprofile.Parse(raw)
//	mine := p.Of(fn.Bundle.Origin, fn.Bundle, time.Millisecond)
//	text, err := json.Marshal(mine) // a .cpuprofile for Chrome's DevTools, VS Code, speedscope
//
// An isolate runs many functions. Of leaves of the tree what is below a frame of one of them,
// with the positions that its author wrote; what else ran is summed up as (other functions), and
// time in which no JavaScript ran as (idle).
//
// It is pure, and reads what comes as if it were from outside: a profile that makes no sense is
// an error.
package cpuprofile
