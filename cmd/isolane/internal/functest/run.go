package functest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/cmd/isolane/internal/node"
	"github.com/isolane/isolane/jsruntime/function"
)

// The defaults of a Config.
const (
	DefaultTimeout = 5 * time.Second
	DefaultWall    = 60 * time.Second
)

// stopPatience bounds the end of a node.
const stopPatience = 10 * time.Second

// Config says what is run, and how.
type Config struct {
	// Places are the files, as Find returns them.
	Places []Place
	// Pattern is a regular expression for the names of tests; "" is all.
	Pattern string
	// Timeout bounds one test, Wall a file; 0 is the default of each.
	Timeout, Wall time.Duration
	// Logger takes what functions and tests print, and what the node has to say.
	Logger *slog.Logger
}

// Run runs the files one after the other, and tells of each when it is done. It blocks until
// all are, or ctx is. The error is about what keeps tests from being run; that one fails is
// no error.
func Run(ctx context.Context, cfg Config, tell func(File)) error {
	cfg.Timeout, cfg.Wall = cmp.Or(cfg.Timeout, DefaultTimeout), cmp.Or(cfg.Wall, DefaultWall)
	byRoot := map[string][]Place{}
	var roots []string
	for _, p := range cfg.Places {
		if byRoot[p.Root] == nil {
			roots = append(roots, p.Root)
		}
		byRoot[p.Root] = append(byRoot[p.Root], p)
	}
	for _, root := range roots {
		if err := runRoot(ctx, cfg, root, byRoot[root], tell); err != nil {
			return err
		}
	}
	return nil
}

// runRoot runs the files of one folder of functions, on a node that serves it.
func runRoot(ctx context.Context, cfg Config, root string, places []Place, tell func(File)) (err error) {
	data, err := os.MkdirTemp("", "isolane-test-")
	if err != nil {
		return fmt.Errorf("a folder for the tests' streams: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	nc := config.DefaultConfig()
	nc.Node.Name, nc.Functions, nc.Data, nc.HTTP.Listen = "test", root, data, config.HTTPOff
	nc.NATS.Listen, nc.Runtimes.Count = "127.0.0.1:0", 2
	nc.Limits.Console = 100_000 // what tests print is for who wrote them
	n, err := node.Start(ctx, nc, cfg.Logger)
	if err != nil {
		return fmt.Errorf("a node for the tests of %s: %w", root, err)
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
		defer cancel()
		err = errors.Join(err, n.Stop(stopping))
	}()
	if err := makeBuckets(ctx, n); err != nil {
		return err
	}
	for _, p := range places {
		f := File{File: p.File, Function: p.Function, Tests: []Test{}}
		if err := runFile(ctx, cfg, n, p, nc.Limits, &f); err != nil {
			return err
		}
		tell(f)
	}
	return nil
}

// runFile runs one file. A file that is no module is a failure of its own.
func runFile(ctx context.Context, cfg Config, n *node.Node, p Place, limits function.Limits, f *File) error {
	fn, err := build(ctx, p, cfg.Wall, limits)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		f.Error = err.Error()
		return nil //nolint:nilerr // it is the file's, and the others are run
	}
	payload, err := json.Marshal(map[string]any{
		"name": p.File, "pattern": cfg.Pattern, "timeout": cfg.Timeout.Milliseconds(), "callee": p.Function,
	})
	if err != nil {
		return fmt.Errorf("say which tests to run: %w", err)
	}
	result, err := n.Try(ctx, fn, payload)
	if err != nil {
		return err
	}
	return f.take(result, fn.Bundle, cfg.Wall)
}

// makeBuckets makes the buckets that the functions' manifests name: functions make none.
func makeBuckets(ctx context.Context, n *node.Node) error {
	conn, err := nats.Connect(n.Ready().NATS)
	if err != nil {
		return fmt.Errorf("connect to the tests' NATS: %w", err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return fmt.Errorf("the tests' JetStream: %w", err)
	}
	for _, name := range n.Buckets() {
		if strings.ContainsAny(name, "*>") {
			continue
		}
		if _, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: name, Storage: jetstream.MemoryStorage}); err != nil {
			return fmt.Errorf("make the bucket %s for the tests: %w", name, err)
		}
	}
	return nil
}
