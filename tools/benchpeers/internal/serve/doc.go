// Package serve has the processes of tools/benchpeers that are written in Go: the NATS
// server, the server of pages, the plain Go responder with the functions of
// experiments/workload restated in Go, and the forwarder that workerd is called through.
//
// Each serves until its context is done, and writes one line that begins with "ready "
// when it can be called. What is measured is not in this package.
package serve
