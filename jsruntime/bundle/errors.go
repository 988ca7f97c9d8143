package bundle

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
)

// BuildError says why a function could not be bundled: every problem that was
// found, each with its place.
type BuildError struct {
	// Function is the function's name.
	Function string
	// Problems has at least one entry.
	Problems []Problem
	// Inputs are the absolute paths of the files that were read, sorted: a change of
	// one of them may mend the function, and so may a file that was missing.
	Inputs []string
}

// Problem is one thing that is wrong in a function's files.
type Problem struct {
	// Message says what is wrong and, where that is known, what to do.
	Message string
	// File is relative to Options.Dir, with forward slashes; "" where the problem
	// has no place.
	File string
	// Line and Column count from 1, Column in characters; 0 where there is no place.
	Line, Column int
	// LineText is the line of the file, "" where there is none.
	LineText string
}

// String returns "file:line:column: message".
func (p Problem) String() string {
	switch {
	case p.File == "":
		return p.Message
	case p.Line == 0:
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Error implements error: for each problem its place and message, and below it the
// line with a mark. At most ten problems are written out.
func (e *BuildError) Error() string {
	const most = 10
	var b strings.Builder
	fmt.Fprintf(&b, "function %s cannot be bundled:", e.Function)
	for i, p := range e.Problems {
		if i == most {
			fmt.Fprintf(&b, "\nand %d more problems", len(e.Problems)-most)
			break
		}
		b.WriteString("\n" + p.String() + p.excerpt())
	}
	return b.String()
}

// excerpt shows the line and marks the column, both indented; "" without a line.
func (p Problem) excerpt() string {
	const before, after = 60, 40
	if p.Line == 0 || strings.TrimSpace(p.LineText) == "" {
		return ""
	}
	line := []rune(strings.ReplaceAll(p.LineText, "\t", " "))
	at := min(max(p.Column-1, 0), len(line))
	start, end := 0, len(line)
	if at > before {
		start = at - before
	}
	if end-at > after {
		end = at + after
	}
	number := strconv.Itoa(p.Line)
	return fmt.Sprintf("\n    %s | %s\n    %s | %s^",
		number, string(line[start:end]), strings.Repeat(" ", len(number)), strings.Repeat(" ", at-start))
}

// SizeError says that a function's script, or a file that goes into it, is too
// large.
type SizeError struct {
	// Function is the function's name.
	Function string
	// File is the file that is too large, relative to Options.Dir; "" means the
	// script, or all files together.
	File string
	// Size and Max are in bytes. Size is what was counted when Build gave up.
	Size, Max int64
	// Largest are the largest of the files that were read, where it is no single file
	// that is too large.
	Largest []InputSize
}

// InputSize is a file that goes into a bundle, relative to Options.Dir, and its size
// in bytes.
type InputSize struct {
	File string
	Size int64
}

// Error implements error.
func (e *SizeError) Error() string {
	what, do := "its script has", "leave out what it does not need"
	switch e.File {
	case "":
	case allFiles:
		what = e.File + " have"
	default:
		what, do = e.File+" has", "a file that large is no code: fetch it, or part it"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "function %s cannot be bundled: %s %d bytes (%s), the most is %d (%s): %s",
		e.Function, what, e.Size, humanize.IBytes(uint64(e.Size)), e.Max, humanize.IBytes(uint64(e.Max)), do)
	for i, f := range e.Largest {
		sep := ", "
		if i == 0 {
			sep = "; its largest files are "
		}
		fmt.Fprintf(&b, "%s%s (%s)", sep, f.File, humanize.IBytes(uint64(f.Size)))
	}
	return b.String()
}
