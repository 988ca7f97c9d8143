package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	dir := flag.String("dir", "tools/npmcheck", "the folder with package.json and functions/")
	rounds := flag.Int("rounds", 15, "how often each is called for the first time; the median counts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *dir, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "npmcheck:", err)
		os.Exit(1)
	}
}

// run writes the table. The functions take turns, so that a busy machine is busy for all.
func run(ctx context.Context, out io.Writer, dir string, rounds int) error {
	text, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return err
	}
	known, err := versions(text)
	if err != nil {
		return err
	}
	c := newCaller()
	cold, warm, size := map[string][]time.Duration{}, map[string][]time.Duration{}, map[string]int{}
	for range rounds {
		for _, s := range samples {
			// Bundled anew, so that nothing is compiled yet.
			fn, err := load(ctx, dir, s.name)
			if err != nil {
				return fmt.Errorf("%w\ninstall the packages: npm ci --prefix %s (make npm-check does that)", err, dir)
			}
			_, took, err := c.call(ctx, fn, s.payload, 5)
			if err != nil {
				return err
			}
			size[s.name] = len(fn.Bundle.Script)
			cold[s.name] = append(cold[s.name], took.cold)
			warm[s.name] = append(warm[s.name], took.warm)
		}
	}
	if _, err := fmt.Fprint(out, "| package | bundle | first call | sixth call |\n| --- | ---: | ---: | ---: |\n"); err != nil {
		return err
	}
	for _, s := range samples {
		name := s.name
		if v := known[name]; v != "" {
			name += " " + v
		}
		_, err := fmt.Fprintf(out, "| %s | %.1f KiB | %.2f ms | %.2f ms |\n", name, float64(size[s.name])/1024, median(cold[s.name]), median(warm[s.name]))
		if err != nil {
			return err
		}
	}
	return nil
}

// median is in milliseconds.
func median(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2].Microseconds()) / 1000
}
