package node

import (
	"bytes"
	"os"
	"strconv"
)

// resident is the memory of the process that is in RAM, in bytes; 0 where it cannot be
// read. The second number of statm, in pages: proc(5).
func resident() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize()) //nolint:gosec // positive
}
