package engines

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/quickjs"
	"github.com/isolane/isolane/jsruntime/v8"
	"github.com/isolane/isolane/jsruntime/webapi"
)

//go:embed kernels/*.js
var kernelFiles embed.FS

// order is the message that every call has.
const order = `{"id":"a-17","price":2.5,"count":4}`

// Kernels are the names of what is computed, in alphabetical order.
func Kernels() []string {
	entries, err := kernelFiles.ReadDir("kernels")
	if err != nil {
		panic(err) // it is in the binary
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".js"))
	}
	slices.Sort(names)
	return names
}

// kernel makes a function of a kernel.
func kernel(ctx context.Context, name, as string, m function.Manifest) (*bundle.Function, error) {
	source, err := kernelFiles.ReadFile(path.Join("kernels", name+".js"))
	if err != nil {
		return nil, err
	}
	b, err := bundle.Build(ctx, bundle.Options{Name: as, Source: &bundle.Source{Contents: string(source), Loader: bundle.JavaScript}})
	if err != nil {
		return nil, err
	}
	limits := function.DefaultLimits()
	limits.CPU, limits.Wall = time.Minute, time.Minute
	return bundle.NewFunction(as, m, limits, b)
}

// manifest asks for an engine and an isolation.
func manifest(engine function.Engine, isolation function.Isolation) function.Manifest {
	m := function.DefaultManifest()
	m.Engine, m.Isolation = engine, isolation
	return m
}

// host owns a runtime.
type host struct {
	rt *jsruntime.Runtime
	n  int
}

// newHost makes a runtime with both engines, for so many contexts.
func newHost(contexts int) (*host, error) {
	cfg := jsruntime.DefaultConfig()
	cfg.MaxContexts, cfg.Logger = contexts, slog.New(slog.DiscardHandler)
	cfg.Limits.Heap = 1024 * function.MiB // of all functions together; each is small
	cfg.Post = func(jsruntime.Event) {}
	cfg.Light = quickjs.NewEngine(quickjs.DefaultConfig())
	rt, err := jsruntime.New(cfg, v8.NewEngine(v8.Config{WebAPI: webapi.Script()}))
	if err != nil {
		return nil, err
	}
	return &host{rt: rt}, nil
}

func (h *host) close() error { return h.rt.Close() }

// call calls a function that needs no await, and says how long it took.
func (h *host) call(fn *bundle.Function) (took time.Duration, cold bool, body string, err error) {
	h.n++
	inv := &function.Invocation{ID: fmt.Sprint(h.n), Function: fn.Name, Subject: "fn." + fn.Name, Payload: []byte(order), Attempt: 1, Received: time.Now()}
	var result *function.Result
	began := time.Now()
	err = h.rt.Invoke(inv, fn, func(r *function.Result) { result = r })
	took = time.Since(began)
	switch {
	case err != nil:
		return 0, false, "", err
	case result == nil:
		return 0, false, "", fmt.Errorf("engines: %s has not answered", fn.Name)
	case result.Outcome != function.OK:
		return 0, false, "", fmt.Errorf("engines: %s: %s: %s", fn.Name, result.Outcome, result.Message)
	}
	return took, result.Receipt.Cold, string(result.Body), nil
}

// resident is the process's memory, in bytes.
func resident() (uint64, error) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	var size, pages uint64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		return 0, err
	}
	return pages * uint64(os.Getpagesize()), nil
}
