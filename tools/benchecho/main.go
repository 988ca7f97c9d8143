package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// config is what the flags say.
type config struct {
	// isolane is the binary, node the folder of the Node responder.
	isolane, node string
	// calls is how many calls a contestant serves in a round, rounds how many rounds.
	calls, rounds int
	// requesters are how many callers there are at a time, one number after the other.
	requesters []int
	// runtimes is how many the node has; 0 is its default.
	runtimes int
	// role is what a child of this process is: server or go; "" for the benchmark itself.
	role, nats string
	// overload measures refusals instead.
	overload bool
}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	err := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	default:
		fmt.Fprintln(os.Stderr, "benchecho:", err)
		cancel()
		os.Exit(1) //nolint:gocritic // canceled above
	}
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c config
	flags := flag.NewFlagSet("benchecho", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&c.isolane, "isolane", "./isolane", "the isolane binary")
	flags.StringVar(&c.node, "node", ".bench/echo-node", "folder of the Node responder")
	flags.IntVar(&c.calls, "calls", 20_000, "calls of a contestant in a round")
	flags.IntVar(&c.rounds, "rounds", 7, "rounds")
	callers := flags.String("requesters", "1,16,128", "how many callers at a time, divided by commas")
	flags.IntVar(&c.runtimes, "runtimes", 0, "runtimes of the node (default: its own)")
	flags.BoolVar(&c.overload, "overload", false, "twice what can be served: how soon are calls refused")
	flags.StringVar(&c.role, "role", "", "of a child of this program: server or go")
	flags.StringVar(&c.nats, "nats", "", "where a child finds NATS")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for text := range strings.SplitSeq(*callers, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("-requesters: %q is no number of callers", text)
		}
		c.requesters = append(c.requesters, n)
	}
	if c.calls < 100 || c.rounds < 1 {
		return errors.New("give 100 calls and 1 round at least")
	}
	switch c.role {
	case "server":
		return serveNATS(ctx, stdout)
	case "go":
		return serveEcho(ctx, c.nats, stdout)
	case "":
		if c.overload {
			return overload(ctx, c, stdout, stderr)
		}
		return compare(ctx, c, stdout, stderr)
	default:
		return fmt.Errorf("role %q: use server or go", c.role)
	}
}
