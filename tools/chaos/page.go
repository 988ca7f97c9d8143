package main

import (
	"bufio"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/isolane/isolane/internal/chaos"
)

// page is docs/chaos.md without its figures.
//
//go:embed page.md
var page string

// writePage writes the page with what came of a run.
func writePage(ctx context.Context, file string, cfg chaos.Config, results []chaos.Result) error {
	var table strings.Builder
	if err := chaos.WriteTable(&table, results); err != nil {
		return err
	}
	header := fmt.Sprintf("Commit %s; seed %d, %d calls a second; %s, %d CPUs, %s.",
		commit(ctx), cfg.Seed, cfg.Rate, processor(), runtime.NumCPU(), runtime.Version())
	text := strings.NewReplacer("{{header}}", header, "{{table}}", strings.TrimSpace(table.String())).Replace(page)
	return os.WriteFile(file, []byte(text), 0o644) //nolint:gosec // a page for everybody
}

// commit is the date of the commit that is run.
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "log", "-1", "--format=of %cs").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// processor is what the machine calls its own.
func processor() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
