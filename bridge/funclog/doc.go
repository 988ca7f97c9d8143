// Package funclog passes on what functions print: each line is published on a subject of
// its function, as JSON, and the newest are kept in memory for who asks later.
//
//	p := funclog.Start(conn, funclog.DefaultConfig("node-1"))
//	p.Add(funclog.Line{Function: "hello", Level: "info", Text: "said"})   // never blocks
//	lines := p.Recent("hello", 100)
//	p.Close()
//
//	logs.<function>     {"time":"…","level":"info","function":"hello","text":"said", …}
//
// Add may be called in the middle of a function's turn: it puts the line into a bounded
// queue, or counts it as dropped. One goroutine takes lines off, redacts and publishes
// them. How much a function may print is bounded where it prints (limits.console).
//
// Everything is safe for concurrent use. It is not for the node's own log.
package funclog
