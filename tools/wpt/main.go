package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "wpt:", err)
		os.Exit(1)
	}
}

// options are the command's.
type options struct {
	dir, deno, expect, only string
	write, verbose          bool
	groups                  []string
}

var errNoDir = errors.New("say where web-platform-tests are checked out: -dir, or WPT_DIR")

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("wpt", flag.ContinueOnError)
	flags.StringVar(&o.dir, "dir", os.Getenv("WPT_DIR"), "the checkout of web-platform-tests, or several as in PATH: each group is of the first that has it; WPT_DIR")
	flags.StringVar(&o.deno, "deno", "", "the binary of Deno to compare with; none without it")
	flags.StringVar(&o.expect, "expect", "tools/wpt/expect.json", "what is known to fail")
	flags.StringVar(&o.only, "only", "", "run only files whose name has this in it")
	flags.BoolVar(&o.write, "write", false, "write the file of what is known to fail")
	flags.BoolVar(&o.verbose, "v", false, "say what failed, and what does not apply")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.dir == "" {
		return o, errNoDir
	}
	if o.groups = flags.Args(); len(o.groups) == 0 {
		o.groups = groups
	}
	return o, nil
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(checkoutOf(o.dir, "resources"), "resources", "testharness.js"))
	if err != nil {
		return fmt.Errorf("%s is no checkout of web-platform-tests: %w", o.dir, err)
	}
	ours, err := newIsolane(ctx, string(text))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ours.close()) }()
	var theirs runner
	if o.deno != "" {
		d, err := newDeno(o.deno, string(text))
		if err != nil {
			return err
		}
		defer func() { _ = d.close() }() // a temporary folder
		theirs = d
	}
	known, err := o.others()
	if err != nil {
		return err
	}
	var rows []row
	for _, group := range o.groups {
		r, err := o.runGroup(ctx, out, group, ours, theirs, known)
		if err != nil {
			return err
		}
		rows = append(rows, r)
	}
	if o.write {
		if err := known.write(o.expect); err != nil {
			return err
		}
	}
	return writeTable(out, rows, theirs != nil)
}

// others are the expectations of the groups that are not run.
func (o options) others() (expectations, error) {
	known := make(expectations)
	if !o.write {
		return known, nil
	}
	known, err := readExpectations(o.expect)
	if err != nil {
		return nil, err
	}
	for name := range known {
		if slices.ContainsFunc(o.groups, func(group string) bool { return strings.HasPrefix(name, group+"/") }) {
			delete(known, name)
		}
	}
	return known, nil
}

// runGroup runs a group's units, and notes in known what failed.
func (o options) runGroup(ctx context.Context, out io.Writer, group string, ours, theirs runner, known expectations) (row, error) {
	r := row{group: group}
	units, err := find(o.dir, group)
	if err != nil {
		return r, err
	}
	for _, u := range units {
		if !strings.Contains(u.name, o.only) {
			continue
		}
		if u.lacks != "" {
			r.ours.notApplicable++
			o.say(out, "%s: does not apply: %s\n", u.name, u.lacks)
			continue
		}
		got, err := ours.run(ctx, u)
		if err != nil {
			return r, err
		}
		r.ours.add(count(got))
		if failed := failures(got); len(failed) > 0 {
			known[u.name] = failed
			for test, why := range failed {
				o.say(out, "%s: %q: %s\n", u.name, test, why)
			}
		}
		if theirs == nil {
			continue
		}
		got, err = theirs.run(ctx, u)
		if err != nil {
			return r, err
		}
		r.theirs.add(count(got))
	}
	return r, nil
}

func (o options) say(out io.Writer, format string, args ...any) {
	if o.verbose {
		_, _ = fmt.Fprintf(out, format, args...) // it is for people
	}
}
