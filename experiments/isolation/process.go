package isolation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/procfs"

	"github.com/isolane/isolane/experiments/lab/parts"
	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/v8"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// Parts are the programs of this experiment.
func Parts() []parts.Part {
	return []parts.Part{{Name: "processes", Run: serveProcesses}, {Name: "once", Run: once}}
}

// maxProcesses is how many calls run at once.
const maxProcesses = 16

// serveProcesses answers process.NAME by a process for each call.
func serveProcesses(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := parts.Flags("processes", stderr)
	url := flags.String("nats", "", "`URL`")
	folder := flags.String("functions", "", "`DIR`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	conn, err := nats.Connect(*url)
	if err != nil {
		return err
	}
	defer conn.Close()
	var calls sync.WaitGroup
	defer calls.Wait()
	room := make(chan struct{}, maxProcesses)
	_, err = conn.Subscribe("process.*", func(m *nats.Msg) {
		room <- struct{}{}
		calls.Go(func() {
			defer func() { <-room }()
			name := filepath.Base(strings.TrimPrefix(m.Subject, "process."))
			cmd := exec.CommandContext(ctx, binary, "experiment", "part", "once", "-file", filepath.Join(*folder, name+".js")) //nolint:gosec // ourselves
			cmd.Stdin = strings.NewReader(string(m.Data))
			reply, err := cmd.Output()
			answer := &nats.Msg{Data: reply}
			if err != nil {
				answer.Header = nats.Header{"Nats-Service-Error-Code": {"500"}, "Nats-Service-Error": {err.Error()}, "Isolane-Outcome": {"crashed"}}
			}
			_ = m.RespondMsg(answer) // who asks has a timeout
		})
	})
	if err := errors.Join(err, conn.Flush()); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(stdout, "ready for calls"); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// once is a process for one call: the message comes on standard input.
func once(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := parts.Flags("once", stderr)
	file := flags.String("file", "", "`FILE` of the function")
	if err := flags.Parse(args); err != nil {
		return err
	}
	message, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(filepath.Base(*file), ".js")
	built, err := bundle.Build(ctx, bundle.Options{Name: name, Entry: *file})
	if err != nil {
		return err
	}
	fn, err := bundle.NewFunction(name, function.DefaultManifest(), function.DefaultLimits(), built)
	if err != nil {
		return err
	}
	events := make(chan jsruntime.Event, 1024)
	cfg := jsruntime.DefaultConfig()
	cfg.Node, cfg.Logger = "once", slog.New(slog.DiscardHandler)
	cfg.Post = func(e jsruntime.Event) { events <- e }
	rt, err := jsruntime.New(cfg, v8.NewEngine(v8.Config{WebAPI: webapi.Script()}))
	if err != nil {
		return err
	}
	var result *function.Result
	inv := &function.Invocation{ID: "once", Function: name, Subject: "process." + name, Payload: message, Attempt: 1, Received: time.Now()}
	err = rt.Invoke(inv, fn, func(r *function.Result) { result = r }) //nolint:contextcheck // the runtime has deadlines of its own
	for err == nil && result == nil {
		select {
		case e := <-events:
			err = rt.Handle(e) //nolint:contextcheck // as above
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	if err != nil && result == nil {
		return err
	}
	if result.Outcome != function.OK {
		return fmt.Errorf("%s: %s", result.Outcome, result.Message)
	}
	_, err = stdout.Write(result.Body)
	return err // the isolate goes with the process
}

// childrenCPU is the processor time of the children of a process that have ended.
func childrenCPU(pid int) (time.Duration, error) {
	proc, err := procfs.NewProc(pid)
	if err != nil {
		return 0, fmt.Errorf("isolation: %w", err)
	}
	stat, err := proc.Stat()
	if err != nil {
		return 0, fmt.Errorf("isolation: %w", err)
	}
	const tick = 10 * time.Millisecond // USER_HZ, which is 100 for every program
	return time.Duration(stat.CUTime+stat.CSTime) * tick, nil
}
