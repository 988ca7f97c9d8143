package main

import (
	"fmt"
	"io"
	"slices"
)

// tally counts what came of a group.
type tally struct {
	files, passed, failed, notApplicable int
}

func (t *tally) add(o tally) {
	t.files += o.files
	t.passed += o.passed
	t.failed += o.failed
	t.notApplicable += o.notApplicable
}

// count counts the tests of a unit. A file that did not come to its end has one more that
// failed: the file itself.
func count(o outcome) tally {
	t := tally{files: 1}
	for _, s := range o.Tests {
		if s.Status == "PASS" {
			t.passed++
		} else {
			t.failed++
		}
	}
	if o.Status != "OK" {
		t.failed++
	}
	return t
}

// failures are the names of the tests that failed, with the reason.
func failures(o outcome) map[string]string {
	failed := make(map[string]string)
	for _, s := range o.Tests {
		if s.Status != "PASS" {
			failed[s.Name] = s.Status + ": " + short(s.Message)
		}
	}
	if o.Status != "OK" {
		failed[""] = o.Status + ": " + short(o.Message)
	}
	return failed
}

// short is a reason on one line, as far as it is the same in each run.
func short(message string) string {
	const longest = 160
	for i, r := range message {
		if r == '\n' || i >= longest {
			return message[:i]
		}
	}
	return message
}

// row is a line of the table.
type row struct {
	group        string
	ours, theirs tally
}

func writeTable(out io.Writer, rows []row, beside bool) error {
	head, rule := "| group | files | passed | failed | files that do not apply |", "| --- | ---: | ---: | ---: | ---: |"
	if beside {
		head, rule = head+" Deno passed | Deno failed |", rule+" ---: | ---: |"
	}
	if _, err := fmt.Fprintf(out, "%s\n%s\n", head, rule); err != nil {
		return err
	}
	all := row{group: "all"}
	for _, r := range rows {
		all.ours.add(r.ours)
		all.theirs.add(r.theirs)
	}
	for _, r := range slices.Concat(rows, []row{all}) {
		line := fmt.Sprintf("| %s | %d | %d | %d | %d |", r.group, r.ours.files, r.ours.passed, r.ours.failed, r.ours.notApplicable)
		if beside {
			line += fmt.Sprintf(" %d | %d |", r.theirs.passed, r.theirs.failed)
		}
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}
