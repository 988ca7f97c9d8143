package functest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// The states of a test.
const (
	Passed  = "passed"
	Failed  = "failed"
	Skipped = "skipped"
	Todo    = "todo"
)

// File is what came of a file of tests.
type File struct {
	File     string `json:"file"`
	Function string `json:"function,omitempty"`
	Tests    []Test `json:"tests"`
	// Error says why the file could not be run, or to its end; "" where it was. The tests
	// that it had are not known then.
	Error string `json:"error,omitempty"`
	// Milliseconds is how long the call took.
	Milliseconds int64 `json:"milliseconds"`
}

// Test is what came of one test.
type Test struct {
	// Name has the names of the suites that it is in first.
	Name         []string  `json:"name"`
	State        string    `json:"state"`
	Milliseconds int64     `json:"milliseconds"`
	Errors       []Failure `json:"errors,omitempty"`
}

// Failure is why a test failed.
type Failure struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	// Stack is source-mapped, a line for each call, without those of the library.
	Stack string `json:"stack,omitempty"`
	// Diff is how what came differs from what was expected; "" where that says nothing.
	Diff string `json:"diff,omitempty"`
}

// Failed reports whether something of the file failed.
func (f File) Failed() bool { return f.Error != "" || f.Count(Failed) > 0 }

// Count is how many tests have a state.
func (f File) Count(state string) int {
	n := 0
	for _, t := range f.Tests {
		if t.State == state {
			n++
		}
	}
	return n
}

// take reads what the call of a file answered.
func (f *File) take(result *function.Result, b *bundle.Bundle, wall time.Duration) error {
	f.Milliseconds = result.Receipt.Wall.Milliseconds()
	if result.Outcome == function.Timeout || result.Outcome == function.ExceededCPU {
		f.Error = fmt.Sprintf("%s: the tests of the file did not come to an end within %s (--file-timeout): one of them waits, or computes, for ever", result.Outcome, wall)
		return nil
	}
	if result.Outcome != function.OK {
		f.Error = result.Outcome.String() + ": " + result.Message
		if stack := ours(result.Stack); stack != "" {
			f.Error += "\n" + stack
		}
		return nil
	}
	if err := json.Unmarshal(result.Body, f); err != nil {
		return fmt.Errorf("what the tests of %s answered: %w", f.File, err)
	}
	for _, t := range f.Tests {
		for i := range t.Errors {
			t.Errors[i].Stack = ours(b.MapStack(t.Errors[i].Stack))
		}
	}
	if len(f.Tests) == 0 {
		f.Error = "there is no test in it: import { it } from \"isolane/test\", and call it"
	}
	return nil
}

// ours are the lines of a stack that are calls of the user's code.
func ours(stack string) string {
	var lines []string
	for line := range strings.Lines(stack) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "at ") && !strings.Contains(line, Module) && !strings.Contains(line, entryFile) && !strings.Contains(line, "<anonymous>") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
