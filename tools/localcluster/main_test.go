package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// stub makes the test's own binary behave like a node, or like this program: its value
// says how.
const stub = "LOCALCLUSTER_STUB"

func TestMain(m *testing.M) {
	switch how := os.Getenv(stub); how {
	case "":
		goleak.VerifyTestMain(m)
	case "program":
		os.Setenv(stub, "node") //nolint:errcheck // a process, not a test: what it starts are nodes
		main()
	default:
		os.Exit(stubNode(how, os.Args[1:]))
	}
}

// stubNode says its arguments, then ready, and ends at SIGTERM.
func stubNode(how string, args []string) int {
	name := args[slices.Index(args, "--name")+1]
	fmt.Fprintln(os.Stderr, "args", strings.Join(args, " "))
	broken := how == "one-broken" && name == "node-2"
	if broken {
		fmt.Fprintln(os.Stderr, "error: the port is in use")
		return 3
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	_, _ = fmt.Fprintf(os.Stdout, "ready node=%s pid=%d\n", name, os.Getpid())
	if how == "deaf" {
		signal.Ignore(syscall.SIGTERM)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	select {
	case <-signals:
		_, _ = fmt.Fprint(os.Stdout, "bye, without an end of line")
		return 0
	case <-ctx.Done(): // a test that failed leaves nothing behind for long
		return 4
	}
}
