package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

func main() {
	page := flag.String("page", "docs/functions.md", "the page that has the table")
	write := flag.Bool("write", false, "write the table into the page")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *page, *write); err != nil {
		fmt.Fprintln(os.Stderr, "apitable:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, page string, write bool) error {
	verdicts, err := judge(ctx)
	if err != nil {
		return err
	}
	if wrong := faults(verdicts); len(wrong) > 0 {
		return errors.New(strings.Join(wrong, "\n"))
	}
	made := table(verdicts)
	if !write {
		_, err := io.WriteString(out, made)
		return err
	}
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	changed, err := replaced(string(text), made)
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, []byte(changed), 0o644)
}
