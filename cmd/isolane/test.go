package main

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/cmd/isolane/internal/functest"
	"github.com/isolane/isolane/cmd/isolane/internal/pretty"
)

// errTestsFailed ends isolane test where a test failed; all has been said.
var errTestsFailed = errors.New("tests failed")

// testFlags are those of test.
type testFlags struct {
	pattern       string
	timeout, wall time.Duration
	json, verbose bool
}

func newTest(std streams) *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test [DIR|FILE]...",
		Short: "Run the tests of functions, *.test.ts, in the runtime",
		Long: `Run the files *.test.ts and *.test.js of folders, or of the one at hand, each as one call
in the runtime that functions run in. A node of its own, with NATS inside, serves the
functions beside them; nothing outside is touched but what a test fetches. A test has the
permissions and variables of the function that it stands beside.

  import { expect, invoke, it } from "isolane/test";
  import hello from "./hello.ts";
  it("greets", async () => {
    const reply = await invoke(hello, { json: { name: "Ada" } });
    expect(reply.json()).toEqual({ hello: "Ada" });
  });

The exit status is 1 where a test failed, 2 where there is none.`,
		Example: `  isolane test functions
  isolane test functions/hello.test.ts -t greets --json`,
	}
	cmd.Flags().StringVarP(&f.pattern, "name", "t", "", "run the tests alone whose names this regular `EXPRESSION` matches")
	cmd.Flags().DurationVar(&f.timeout, "timeout", functest.DefaultTimeout, "how long one test may take")
	cmd.Flags().DurationVar(&f.wall, "file-timeout", functest.DefaultWall, "how long a file may take, and compute")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON: an array with an object for each file")
	cmd.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "name each test, and print what the node says")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return runTests(cmd, std, f, args) }
	return cmd
}

func runTests(cmd *cobra.Command, std streams, f testFlags, paths []string) error {
	switch _, err := regexp.Compile(f.pattern); {
	case err != nil:
		return &usageError{err: fmt.Errorf("--name: %w", err)}
	case f.timeout < time.Millisecond || f.wall < time.Millisecond:
		return &usageError{err: errors.New("--timeout and --file-timeout must be 1ms or more")}
	}
	if len(paths) == 0 {
		paths = []string{"."}
	}
	places, err := functest.Find(paths)
	if errors.Is(err, functest.ErrNoTests) {
		return &usageError{err: err}
	}
	if err != nil {
		return err
	}
	// With --json nothing but that is on standard output; what functions print is on the other.
	level := slog.LevelError + 1
	if f.verbose {
		level = slog.LevelInfo
	}
	log := slog.New(pretty.New(std.err, pretty.Config{Level: level, Paint: stylist(std, std.err)}))
	files := []functest.File{}
	cfg := functest.Config{Places: places, Pattern: f.pattern, Timeout: f.timeout, Wall: f.wall, Logger: log}
	err = functest.Run(cmd.Context(), cfg, func(file functest.File) {
		files = append(files, file)
		if !f.json {
			printTests(std, file, f.verbose)
		}
	})
	if err != nil {
		return err
	}
	if f.json {
		err = printJSON(std, files)
	} else {
		printTally(std, files)
	}
	for _, file := range files {
		if file.Failed() {
			return errors.Join(err, &reportedError{err: errTestsFailed})
		}
	}
	return err
}

// printTests tells of one file.
func printTests(std streams, file functest.File, verbose bool) {
	paint := painter(std, std.out)
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(std.out, format+"\n", args...) }
	sign := paint(green, "ok  ")
	if file.Failed() {
		sign = paint(red, "FAIL")
	}
	say("%s %s %s", sign, file.File, paint(dim, fmt.Sprintf("%d tests, %d ms", len(file.Tests), file.Milliseconds)))
	if file.Error != "" {
		say("%s", indented(file.Error, "     "))
	}
	for _, t := range file.Tests {
		name := strings.Join(t.Name, " > ")
		switch {
		case t.State == functest.Failed:
			say("  %s %s", paint(red, "failed "), paint(bold, name))
		case verbose:
			say("  %s %s %s", paint(dim, fmt.Sprintf("%-7s", t.State)), name, paint(dim, fmt.Sprintf("%d ms", t.Milliseconds)))
		}
		for _, e := range t.Errors {
			say("%s", indented(e.Name+": "+e.Message, "      "))
			if e.Stack != "" {
				say("%s", paint(dim, indented(e.Stack, "          ")))
			}
			if e.Diff != "" {
				say("%s", indented(e.Diff, "        "))
			}
		}
	}
}

// printTally says how many there were.
func printTally(std streams, files []functest.File) {
	count := func(state string) (n int) {
		for _, f := range files {
			n += f.Count(state)
		}
		return n
	}
	broken := 0
	for _, f := range files {
		if f.Error != "" {
			broken++
		}
	}
	text := fmt.Sprintf("%d passed, %d failed, %d skipped, in %d files", count(functest.Passed), count(functest.Failed), count(functest.Skipped)+count(functest.Todo), len(files))
	if broken > 0 {
		text += fmt.Sprintf("; %d files could not be run to their end", broken)
	}
	_, _ = fmt.Fprintln(std.out, text)
}

// indented puts something before each line, and takes the escapes of a terminal away.
func indented(text, before string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(text, "\n")) {
		b.WriteString(before + strings.Map(printable, line))
	}
	return b.String()
}

func printable(r rune) rune {
	if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r <= 0x9f {
		return '\uFFFD'
	}
	return r
}
