package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/isolane/isolane/internal/child"
)

// config is what the flags say.
type config struct {
	nodes     int
	isolane   string
	functions string
	// nats is the URL of a server elsewhere; "" starts one inside, on listen.
	nats, listen string
	// data is where the server inside keeps its streams.
	data string
	// grace is how long a node may drain before it is killed.
	grace time.Duration
	// extra are arguments for every node.
	extra []string
}

func main() {
	err := command(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "localcluster:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "localcluster:", err)
		os.Exit(1)
	}
}

// command runs until the cluster has ended: by a signal, which is no error, or by a
// fault.
func command(args []string, stdout, stderr io.Writer) error {
	cfg, err := parse(args, stderr)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	ctx, drain := context.WithCancel(context.Background())
	defer drain()
	killing, kill := context.WithCancel(context.Background())
	defer kill()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for _, act := range []func(){
			func() {
				_, _ = fmt.Fprintln(stderr, "draining every node; a second signal kills them")
				drain()
			},
			kill,
		} {
			select {
			case <-signals:
				act()
			case <-ended:
				return
			}
		}
	}()
	return run(ctx, killing, cfg, stdout, stderr)
}

// errUsage is wrapped by what is wrong with the flags.
var errUsage = errors.New("usage")

func parse(args []string, stderr io.Writer) (config, error) {
	var c config
	flags := flag.NewFlagSet("localcluster", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&c.nodes, "n", 3, "number of `nodes`, 1 to 50")
	flags.StringVar(&c.isolane, "isolane", "./isolane", "`path` of the binary")
	flags.StringVar(&c.functions, "functions", "examples", "`folder` of functions, the same for all nodes")
	flags.StringVar(&c.nats, "nats", "", "`URL` of a NATS server to use; without it one runs inside this program")
	flags.StringVar(&c.listen, "nats-listen", "127.0.0.1:4222", "`host:port` of the server inside; port 0 picks one")
	flags.StringVar(&c.data, "data", filepath.Join(".data", "cluster"), "`folder` that the server inside keeps its streams in")
	flags.DurationVar(&c.grace, "grace", 40*time.Second, "how long a node may drain before it is killed")
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	c.extra = flags.Args()
	return c, c.validate()
}

func (c config) validate() error {
	var faults []error
	if c.nodes < 1 || c.nodes > maxNodes {
		faults = append(faults, fmt.Errorf("-n %d: choose 1 to %d", c.nodes, maxNodes))
	}
	if info, err := os.Stat(c.isolane); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
		faults = append(faults, fmt.Errorf("-isolane %s is no program: run make build, or name another", c.isolane))
	}
	if info, err := os.Stat(c.functions); err != nil || !info.IsDir() {
		faults = append(faults, fmt.Errorf("-functions %s is no folder", c.functions))
	}
	if c.grace <= 0 {
		faults = append(faults, fmt.Errorf("-grace %s: choose more than 0", c.grace))
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return nil
}

// run starts the server and the nodes and returns when all have ended. ctx drains
// them, killing kills what still drains.
func run(ctx, killing context.Context, cfg config, stdout, stderr io.Writer) (err error) {
	url := cfg.nats
	if url == "" {
		log := slog.New(slog.NewTextHandler(child.NewLines(stderr, "nats", nil), &slog.HandlerOptions{Level: slog.LevelWarn}))
		server, err := startServer(ctx, cfg, log)
		if err != nil {
			return err
		}
		// Last: the nodes drain through it.
		defer func() {
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), serverPatience)
			defer cancel()
			err = errors.Join(err, server.Shutdown(ending))
		}()
		url = server.ClientURL()
	}
	c := newCluster(cfg, url, plan(cfg.nodes, runtime.GOOS), stdout, stderr)
	return c.run(ctx, killing)
}
