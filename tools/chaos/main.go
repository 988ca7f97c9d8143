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
	"strings"
	"syscall"

	"github.com/isolane/isolane/internal/chaos"
)

// asServer as the first argument makes this program the NATS server of a scenario.
const asServer = "nats-server"

// errBroken says that a promise did not hold.
var errBroken = errors.New("a promise is broken; see above")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if ended, ok := errors.AsType[*statusError](err); ok {
		os.Exit(ended.status)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// isolated runs this program again in network namespaces of its own.
func isolated(ctx context.Context, argv []string) error {
	status, err := chaos.InNamespaces(ctx, append(argv, "-ground"))
	if err == nil && status != 0 {
		err = &statusError{status}
	}
	return err
}

// statusError is the exit status of the program in the namespaces, which has said why.
type statusError struct{ status int }

func (e *statusError) Error() string { return fmt.Sprintf("ended with status %d", e.status) }

func command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == asServer {
		return chaos.ServeNATS(ctx, args[1:], stdout, stderr)
	}
	var isolane, only, ground, pageFile string
	var list, verbose bool
	cfg := chaos.Config{Log: stderr, Ground: &chaos.Loopback{}}
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&isolane, "isolane", "./isolane", "`path` of the binary")
	flags.Uint64Var(&cfg.Seed, "seed", 1, "of what is random")
	flags.IntVar(&cfg.Rate, "rate", 100, "calls a `second`")
	flags.StringVar(&only, "only", "", "`names` of scenarios, divided by commas; without it all")
	flags.BoolVar(&list, "list", false, "list the scenarios")
	flags.BoolVar(&cfg.Brief, "brief", false, "short faults")
	flags.StringVar(&pageFile, "page", "", "`file` to write the whole page to, as docs/chaos.md")
	flags.StringVar(&ground, "ground", "", "network namespaces to be in; this program's own affair")
	flags.BoolVar(&verbose, "v", false, "show what the members write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var names []string
	if only != "" {
		names = strings.Split(only, ",")
	}
	chosen, unknown := chaos.Select(names...)
	if len(unknown) > 0 {
		return fmt.Errorf("no scenario is named %s: see -list", strings.Join(unknown, ", "))
	}
	if list {
		for _, s := range chosen {
			_, _ = fmt.Fprintf(stdout, "%-12s %s, %d members\n", s.Name, s.What, s.Nodes)
		}
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if isolane, err = filepath.Abs(isolane); err != nil {
		return err
	}
	if info, err := os.Stat(isolane); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
		return fmt.Errorf("-isolane %s is no program: run make build, or name another", isolane)
	}
	if ground == "" && chaos.CanIsolate() == nil {
		return isolated(ctx, append([]string{self}, args...))
	}
	if ground != "" {
		if cfg.Ground, err = chaos.OpenNamespaces(ctx, ground); err != nil {
			return err
		}
	}
	cfg.Isolane, cfg.Server = []string{isolane}, []string{self, asServer}
	if verbose {
		cfg.NodeLog = stderr
	}
	results, err := chaos.Run(ctx, cfg, chosen)
	if writing := chaos.WriteTable(stdout, results); writing != nil || err != nil {
		return errors.Join(err, writing)
	}
	if pageFile != "" {
		if err := writePage(ctx, pageFile, cfg, results); err != nil {
			return err
		}
	}
	for _, r := range results {
		if len(r.Broken) > 0 {
			return errBroken
		}
	}
	return nil
}
