//go:build !linux

package node

import "runtime"

// resident is what Go has taken from the system: less than the process has, where there
// is no better source.
func resident() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys
}
