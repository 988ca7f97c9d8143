package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// command is one of the program's commands; it prints to out.
type command func(ctx context.Context, args []string, out io.Writer) error

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "jscost:", err)
		}
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	commands := map[string]command{
		"soak-crashes":  soakCrashes,
		"soak-isolates": soakIsolates,
		"soak-contexts": soakContexts,
		"functions":     functionsMemory,
		"waits":         waitsMemory,
		"hold":          hold, // internal: the server that waits starts
	}
	if len(args) == 0 || commands[args[0]] == nil {
		return errors.New("name a command: soak-crashes, soak-isolates, soak-contexts, functions or waits")
	}
	if err := commands[args[0]](ctx, args[1:], out); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return nil
}

// say prints. A writer that fails is noticed by the table that comes next, or by the
// exit status where a verdict was bad.
func say(out io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(out, format, args...)
}

// errVerdict says that what was measured is not as it should be; the reason has been
// printed.
var errVerdict = errors.New("the verdict is bad")

// verdict prints what is wrong, or that nothing is, and returns errVerdict or nil.
func verdict(out io.Writer, good string, faults error) error {
	if faults == nil {
		_, err := fmt.Fprintf(out, "\nverdict: good: %s\n", good)
		return err
	}
	say(out, "\nverdict: bad:\n%v\n", faults)
	return errVerdict
}
