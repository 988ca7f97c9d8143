// Package waits measures the memory of invocations that wait for IO, thousands at
// once in one process: for timers, or for replies of an HTTP server that holds them
// back. The server is Hold, and belongs in a process of its own, since it needs a
// goroutine and a connection for each too.
package waits
