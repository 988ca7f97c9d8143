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
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "clustersim:", err)
		}
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

// run measures each size, prints the table to out and what it is at to progress.
func run(ctx context.Context, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("clustersim", flag.ContinueOnError)
	flags.SetOutput(progress)
	list := flags.String("sizes", "10,100,1000:8", "members, each with a factor by which time is stretched, 1 if none")
	window := flags.Duration("window", 20*time.Second, "how long the traffic is counted, before it is stretched")
	limit := flags.Duration("limit", 15*time.Minute, "how long a step may take; one that takes longer ends all")
	doc := flags.String("doc", "docs/scale.md", "file whose marked part is replaced by the table, with the plots in a folder of its name; empty: the table alone")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var results []result
	for item := range strings.SplitSeq(*list, ",") {
		n, stretch, err := size(item)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(progress, "%d members, time stretched %g times\n", n, stretch)
		res, err := measure(ctx, n, stretch, settings{window: *window, limit: *limit})
		if err != nil {
			return err
		}
		results = append(results, res)
	}
	text := table(results)
	if _, err := io.WriteString(out, text); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	if *doc == "" {
		return nil
	}
	return errors.Join(replace(*doc, text), draw(strings.TrimSuffix(*doc, filepath.Ext(*doc)), results))
}

// size reads "100" or "100:2".
func size(item string) (n int, stretch float64, err error) {
	members, by, stretched := strings.Cut(strings.TrimSpace(item), ":")
	n, err = strconv.Atoi(members)
	stretch = 1
	if err == nil && stretched {
		stretch, err = strconv.ParseFloat(by, 64)
	}
	// Below 1 the time-outs would be shorter than what a process can keep.
	if err != nil || n < 4 || n > 60_000 || stretch < 1 || stretch > 1000 {
		return 0, 0, fmt.Errorf("size %q: give members, 4 to 60000, and a factor of 1 to 1000, as in 100:2", item)
	}
	return n, stretch, nil
}
