package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/isolane/isolane/tools/benchpeers/internal/serve"
)

// config is what the flags say.
type config struct {
	// isolane is the binary, js the folder of what runs in Node, Deno and workerd.
	isolane, js string
	// before is another isolane binary to compare with; "": none.
	before string
	// rounds is how many are measured, each how long a peer takes a load in one.
	rounds int
	each   time.Duration
	// colds is how many times each peer is started to see how long that takes.
	colds int
	// peers and loads are the keys of what takes part; empty: all.
	peers, loads []string
	// runtimes is how many a node of Isolane has; 0 is its default.
	runtimes int
	// json is the file of the result; "": none.
	json string
	// overload measures refusals instead.
	overload bool
}

// role is what a child of this process is: the arguments behind -role.
type role struct{ name, nats, prefix, program, config string }

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	err := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "benchpeers:", err)
		cancel()
		os.Exit(1) //nolint:gocritic // canceled above
	}
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c config
	var as role
	flags := flag.NewFlagSet("benchpeers", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&c.isolane, "isolane", "./isolane", "the isolane binary")
	flags.StringVar(&c.before, "before", "", "another isolane binary, the peer isolane-before in the same rounds: what a change brings")
	flags.StringVar(&c.js, "js", ".bench/peers", "folder of the JavaScript of the peers, with node_modules")
	flags.IntVar(&c.rounds, "rounds", 7, "rounds that are measured")
	flags.DurationVar(&c.each, "each", time.Second, "how long a peer takes a load in a round")
	flags.IntVar(&c.colds, "colds", 3, "how many times each peer is started to time that; 0: not at all")
	peers := flags.String("peers", "", "keys of the peers, divided by commas (default all: "+strings.Join(keys(everyPeer()), ",")+")")
	loads := flags.String("loads", "", "names of the loads, divided by commas (default all but echo-async-16 and those of one function: "+strings.Join(names(everyLoad()), ",")+")")
	flags.IntVar(&c.runtimes, "runtimes", 0, "runtimes of a node of Isolane (default: its own)")
	flags.StringVar(&c.json, "json", "", "file for the result as JSON")
	flags.BoolVar(&c.overload, "overload", false, "twice what can be served: how soon are calls refused")
	flags.StringVar(&as.name, "role", "", "of a child of this program: nats, pages, go or workerd")
	flags.StringVar(&as.nats, "nats", "", "where a child finds NATS")
	flags.StringVar(&as.prefix, "prefix", "", "what a child answers on")
	flags.StringVar(&as.program, "program", "", "workerd's binary")
	flags.StringVar(&as.config, "config", "", "workerd's configuration")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("there are no arguments, and %q is one: give flags", flags.Arg(0))
	}
	if as.name != "" {
		return as.play(ctx, stdout)
	}
	var err error
	if c.peers, err = among("-peers", *peers, keys(everyPeer())); err != nil {
		return err
	}
	if c.loads, err = among("-loads", *loads, names(everyLoad())); err != nil {
		return err
	}
	if c.rounds < 1 || c.each < 50*time.Millisecond || c.colds < 0 {
		return errors.New("give 1 round at least, of 50ms or more, and no fewer than 0 cold starts")
	}
	if c.overload {
		return overload(ctx, c, stdout, stderr)
	}
	return compare(ctx, c, stdout, stderr)
}

// among splits a list of words, each of which must be known.
func among(flag, text string, known []string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	words := strings.Split(text, ",")
	for _, word := range words {
		if !slices.Contains(known, word) {
			return nil, fmt.Errorf("%s: %q is none of %s", flag, word, strings.Join(known, ", "))
		}
	}
	return words, nil
}

// play is a child of this program.
func (r role) play(ctx context.Context, stdout io.Writer) error {
	switch r.name {
	case "nats":
		return serve.NATS(ctx, stdout)
	case "pages":
		return serve.Pages(ctx, stdout)
	case "go":
		return serve.Go(ctx, r.nats, r.prefix, stdout)
	case "workerd":
		return serve.Workerd(ctx, r.nats, r.prefix, r.program, r.config, stdout)
	default:
		return fmt.Errorf("role %q: use nats, pages, go or workerd", r.name)
	}
}
