// Package manyfn measures the memory of many functions that are warm at once, spread
// over the runtimes of one process.
package manyfn
