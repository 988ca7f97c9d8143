// Package process reads what this process uses: memory, threads, files, goroutines.
// It reads /proc, so it works on Linux alone.
package process

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
)

// Sample is what the process used at one moment.
type Sample struct {
	// Resident is the memory that the process has in RAM, in bytes.
	Resident int64 `json:"resident"`
	// GoHeap is the part of it that Go's live objects take, in bytes.
	GoHeap int64 `json:"go_heap"`
	// GoStacks is what goroutines' stacks take, in bytes.
	GoStacks   int64 `json:"go_stacks"`
	Goroutines int   `json:"goroutines"`
	Files      int   `json:"files"`
	Threads    int   `json:"threads"`
}

// Take collects Go's garbage, gives its free pages back and reads the sample, so that
// Resident does not depend on when Go last collected. V8's heaps and malloc's free
// lists stay as they are. It blocks for some milliseconds.
func Take() (Sample, error) {
	runtime.GC()
	debug.FreeOSMemory()
	return Look()
}

// Look reads the sample as it is.
func Look() (Sample, error) {
	s := Sample{Goroutines: runtime.NumGoroutine()}
	var err error
	if s.Resident, err = resident(); err != nil {
		return s, err
	}
	if s.Files, err = count("/proc/self/fd"); err != nil {
		return s, err
	}
	s.Files-- // the folder itself was open
	if s.Threads, err = count("/proc/self/task"); err != nil {
		return s, err
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s.GoHeap, s.GoStacks = int64(m.HeapAlloc), int64(m.StackInuse)
	return s, nil
}

// resident reads the second field of statm, which counts pages.
func resident() (int64, error) {
	const path = "/proc/self/statm"
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0, fmt.Errorf("%s: unexpected %q", path, text)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	return pages * int64(os.Getpagesize()), nil
}

func count(folder string) (int, error) {
	f, err := os.Open(folder)
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	names, err := f.Readdirnames(-1)
	return len(names), err
}
