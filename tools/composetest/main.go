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
	"time"

	"github.com/nats-io/nats.go"
)

// config is what the flags say.
type config struct {
	project, nats, isolane string
	nodes, rate            int
	duration               time.Duration
	// timeout is how long a call waits for its reply.
	timeout time.Duration
	// patience bounds the wait for the cluster, before the load and after it.
	patience time.Duration
	// members asks `isolane members`; without, containers alone are looked at.
	members bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := command(ctx, os.Args[1:], os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "composetest:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

func command(ctx context.Context, args []string, out io.Writer) error {
	var c config
	flags := flag.NewFlagSet("composetest", flag.ContinueOnError)
	flags.StringVar(&c.project, "project", "isolane-test", "Compose `project` that runs")
	flags.StringVar(&c.nats, "nats", "nats://127.0.0.1:14222", "`URL` of its NATS server, seen from here")
	flags.StringVar(&c.isolane, "isolane", "./isolane", "`path` of the binary, to ask for members with")
	flags.IntVar(&c.nodes, "nodes", 3, "how many nodes it has")
	flags.IntVar(&c.rate, "rate", 200, "calls a second")
	flags.DurationVar(&c.duration, "duration", 20*time.Second, "how long the load is; the node is killed after a third of it")
	flags.DurationVar(&c.timeout, "timeout", 3*time.Second, "how long a call waits for its reply")
	flags.DurationVar(&c.patience, "patience", 90*time.Second, "how long the cluster may take to come together")
	flags.BoolVar(&c.members, "members", true, "ask the nodes who is a member")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if c.nodes < 1 || c.rate < 1 || c.rate > 10000 || c.duration < 3*time.Second || c.timeout <= 0 {
		return errors.New("choose -nodes 1 or more, -rate 1 to 10000, -duration 3s or more, -timeout over 0")
	}
	return test(ctx, c, out)
}

// test is the whole of it, in order.
func test(ctx context.Context, c config, out io.Writer) error {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	conn, err := connect(ctx, c)
	if err != nil {
		return err
	}
	defer conn.Close()
	took, err := together(ctx, c)
	if err != nil {
		return err
	}
	say("%d nodes are healthy members, after %s", c.nodes, took.Round(100*time.Millisecond))

	load := startLoad(ctx, conn, c)
	defer load.stop()
	var kill killed
	select {
	case <-time.After(c.duration / 3):
		kill, err = killOne(ctx, c.project)
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	load.mark(kill.at)
	say("killed %s: %s", kill.container, kill.how)
	err = until(ctx, c.patience, func() error { return kill.restarted(ctx) })
	if err == nil {
		_, err = together(ctx, c)
	}
	if err != nil {
		return err
	}
	back := time.Since(kill.at).Round(100 * time.Millisecond)
	say("%s is healthy again and %d nodes are members, %s after the kill", kill.container, c.nodes, back)
	if err := load.wait(ctx); err != nil {
		return err
	}
	// Once more, after the load: the cluster must have stayed together.
	if _, err := together(ctx, c); err != nil {
		return err
	}
	summary := load.summary()
	say("\n%s", summary)
	return summary.verdict(c)
}

// connect waits for the server, which may only just have been started.
func connect(ctx context.Context, c config) (*nats.Conn, error) {
	var conn *nats.Conn
	err := until(ctx, c.patience, func() (err error) {
		conn, err = nats.Connect(c.nats, nats.Name("composetest"), nats.MaxReconnects(-1))
		return err
	})
	return conn, err
}

// together waits until every container is healthy and every node is a member.
func together(ctx context.Context, c config) (time.Duration, error) {
	began := time.Now()
	err := until(ctx, c.patience, func() error {
		if err := healthy(ctx, c.project, c.nodes); err != nil {
			return err
		}
		if !c.members {
			return nil
		}
		return allMembers(ctx, c)
	})
	return time.Since(began), err
}

// until tries a few times a second until try succeeds; the error is the last one.
func until(ctx context.Context, patience time.Duration, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not within %s: %w", patience, err)
		}
	}
}
